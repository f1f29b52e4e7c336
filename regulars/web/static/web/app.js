// What the pages do beyond links and forms: toasts, the search palette, keys, colors, copying. All of it optional.

const TOAST_SECONDS = 8;
const THEME_SECONDS = 365 * 24 * 3600;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);
const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

// Toasts leave by themselves, but not while somebody points at them or has the focus inside.
const timed = new WeakSet();
function startToasts() {
  for (const toast of all("[data-toast]")) {
    if (timed.has(toast)) continue;
    timed.add(toast);
    let timer = 0;
    const wait = () => { timer = setTimeout(() => toast.remove(), TOAST_SECONDS * 1000); };
    const stay = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", stay);
    toast.addEventListener("pointerleave", wait);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("focusout", wait);
    wait();
  }
}

// The palette: a dialog over the page; the server finds, the arrows choose.
const palette = one("#palette");
const results = one("#palette-results");
const paletteInput = palette && one("input", palette);
const untouched = results ? [...results.childNodes] : [];

function openPalette() {
  if (!palette || palette.open) return;
  paletteInput.value = "";
  results.replaceChildren(...untouched);
  choose(null);
  palette.showModal();
  paletteInput.focus();
}

function choose(row) {
  for (const each of all("[role=option]", results)) each.setAttribute("aria-selected", String(each === row));
  if (row) {
    paletteInput.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  } else paletteInput?.removeAttribute("aria-activedescendant");
}

function paletteKey(event) {
  const rows = all("[role=option]", results);
  const chosen = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (rows.length) choose(rows.at((chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1)) % rows.length));
  } else if (event.key === "Enter" && !event.isComposing && rows.length) {
    event.preventDefault();
    rows[Math.max(chosen, 0)].click();
  } else if (event.key === "Escape") {
    event.preventDefault(); // else a search field only clears itself
    palette.close();
  }
}

// Keys: Ctrl-K or Cmd-K searches, "/" goes to the filter, j and k walk through rows. Not while somebody types.
function pageKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (!palette) return;
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || one("dialog[open]")) return;
  if (event.key === "/") {
    const field = one("[data-focus-key]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "j" || event.key === "k") walkRows(event.key === "j" ? 1 : -1);
  else if (event.key === "Escape") closeMenus();
}

function walkRows(step) {
  const links = all("main .row-link");
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus();
}

function closeMenus(but = null) {
  for (const menu of all("details.menu[open]")) {
    if (menu === but) continue;
    if (menu.contains(document.activeElement)) one("summary", menu).focus();
    menu.open = false;
  }
}

// Colors change at once, without a request: the same cookie that the form would set, read by the next page.
function changeTheme(event) {
  const theme = event.submitter?.value;
  if (!theme) return;
  event.preventDefault();
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${theme};path=/;max-age=${THEME_SECONDS};samesite=lax${secure}`;
}

async function copy(button) {
  await navigator.clipboard.writeText(one("code", button.closest(".copy")).textContent.trim());
  button.toggleAttribute("data-copied", true);
  setTimeout(() => button.removeAttribute("data-copied"), 2000);
}

// After each swap: what the browser alone knows is put back.
function refresh() {
  startToasts();
  if (navigator.clipboard) for (const button of all("[data-copy]")) button.hidden = false;
}

// A form that asks for the time zone starts with the one of this device, until the form was sent once.
function guessTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const select of all("select[data-guess='time-zone']")) {
    if (zone && !one("[aria-invalid]", select.form) && [...select.options].some((option) => option.value === zone)) select.value = zone;
  }
}

// htmx puts its start off behind a timer; what is typed before that would be heard by nobody.
window.htmx?.process(document.body);
document.addEventListener("keydown", pageKey);
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-palette-open]") && palette && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openPalette();
  } else if (at("[data-palette-close]") || event.target === palette) palette.close();
  else if (at("[data-close]")) at(".toast").remove();
  else if (at("[data-copy]")) copy(at("[data-copy]"));
  closeMenus(at("details.menu"));
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-theme-form]")) changeTheme(event);
});
document.addEventListener("htmx:after:swap", () => {
  refresh();
  if (palette?.open) choose(one("[role=option]", results));
});
paletteInput?.addEventListener("keydown", paletteKey);
if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of all("[data-keys]")) key.textContent = "⌘ K";
guessTimeZone();
refresh();
