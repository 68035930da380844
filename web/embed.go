// Package web is the console's pages: the built single-page application, embedded, and the handler that serves it.
//
// Invariant: a page may run, load and reach only what this server serves (a strict content security policy), no
// other site may frame it, and a file whose name holds its hash is the only thing a browser keeps.
//
// `make console` builds the application from web/app into web/dist. Without that the package holds
// dist.html alone, a page that says how to build it, so that the module compiles from a bare clone.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// The pattern takes the page dist.html and, where it was built, the folder dist.
//
//go:embed dist*
var files embed.FS

// policy is what the pages may do. Styles are set by script (Fluent UI, the editor), so inline styles are allowed;
// scripts never are.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

// Places are the paths that are pages of the application, as patterns of http.ServeMux.
var Places = []string{
	"/{$}", "/overview", "/logs", "/dashboards", "/dashboards/{id}", "/tail", "/tables", "/tables/{name}", "/sources", "/signin", "/favicon.svg", "/assets/{file...}",
}

// Handler serves the application: the files of the build as they are, and its one page for every other path.
func Handler() http.Handler { return handlerOf(files) }

func handlerOf(fsys fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			if !serve(w, r, fsys, "dist/"+name) {
				h.Set("Cache-Control", "no-store")
				http.NotFound(w, r)
			}
		case name == "favicon.svg":
			h.Set("Cache-Control", "public, max-age=86400")
			if !serve(w, r, fsys, "dist/"+name) {
				http.NotFound(w, r)
			}
		default:
			h.Set("Cache-Control", "no-cache")
			if !serve(w, r, fsys, "dist/index.html") {
				serve(w, r, fsys, "dist.html")
			}
		}
	})
}

// serve answers with a file: compressed as the build left it where the client takes that. A file that the build
// compressed is kept in that form only.
func serve(w http.ResponseWriter, r *http.Request, fsys fs.FS, name string) bool {
	h := w.Header()
	encodings := r.Header.Get("Accept-Encoding")
	for _, c := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(encodings, c.coding) {
			continue
		}
		if body, err := fs.ReadFile(fsys, name+c.suffix); err == nil {
			h.Set("Content-Encoding", c.coding)
			write(w, r, name, body)
			return true
		}
	}
	if body, err := fs.ReadFile(fsys, name); err == nil {
		write(w, r, name, body)
		return true
	}
	packed, err := fs.ReadFile(fsys, name+".gz")
	if err != nil {
		return false
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	body, err := io.ReadAll(zip)
	if err != nil {
		return false
	}
	write(w, r, name, body)
	return true
}

func accepts(header, coding string) bool {
	for _, item := range strings.Split(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(name, coding) {
			q := strings.ReplaceAll(parameters, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
		}
	}
	return false
}

func write(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	h := w.Header()
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // not every system knows these
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".ttf":
		kind = "font/ttf"
	case ".woff2":
		kind = "font/woff2"
	}
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that left needs none
	}
}
