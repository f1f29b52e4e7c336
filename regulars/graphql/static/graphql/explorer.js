// GraphiQL with a key that is typed in: kept in this tab's memory, sent as Bearer, never a cookie.
const place = document.getElementById("explorer");
const form = document.getElementById("key");
const state = document.getElementById("key-state");
const root = ReactDOM.createRoot(place);
const EXAMPLE = `# Customers, their orders, and what was in them: one request.
{
  customers(first: 5) {
    nodes {
      name
      totalSpent { amount currency }
      orders(first: 3) {
        nodes {
          number
          lines(first: 3) { nodes { title quantity } }
        }
      }
    }
  }
}
`;
let key = "";
let shown = 0;

async function fetcher(asked) {
    const answer = await fetch(place.dataset.address, {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
        body: JSON.stringify(asked),
    });
    const said = await answer.json();
    state.textContent = answer.status === 401 ? said.errors[0].message : words(said.extensions?.cost);
    return said;
}

function words(cost) {
    return cost ? `Cost ${cost.actual ?? cost.requested} of ${cost.maximum}, ${cost.available} left.` : "";
}

function show() {
    shown += 1; // a new key may see another schema: start anew
    root.render(
        React.createElement(GraphiQL, {
            key: shown,
            fetcher,
            defaultQuery: EXAMPLE,
            schema: key ? undefined : null,
            shouldPersistHeaders: false,
            isHeadersEditorEnabled: false,
        }),
    );
}

form.addEventListener("submit", (event) => {
    event.preventDefault();
    key = form.elements.key.value.trim();
    show();
});
show();
