// The API reader: Swagger UI over our own description, served from our own files, without cookies.
const place = document.getElementById("reader");

SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  persistAuthorization: false,
  requestInterceptor(request) {
    request.credentials = "omit";
    return request;
  },
});
