package forwardtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ElasticsearchOptions says what kind of cluster is played.
type ElasticsearchOptions struct {
	Auth       []string // values of the Authorization header that are let in; none lets everybody in
	OpenSearch bool     // no header that says Elasticsearch, another version
	MaxBody    int      // bytes of a request before it is answered 413; 0 is no bound
	Busy       int      // of this many documents one is answered 429 at first; 0 is none
}

// Elasticsearch plays a cluster for as much of its API as reading and writing documents need, as Elastic's own client
// expects it: the header that names the product, data streams that take only create and need a time, one answer for each
// document, fields whose kind the first document decides, searches in pages.
type Elasticsearch struct {
	*httptest.Server
	o ElasticsearchOptions

	mu      sync.Mutex
	indexes map[string]*esIndex
	seen    map[string]bool // documents that were answered 429
	bulks   int
}

type esIndex struct {
	docs   map[string]json.RawMessage
	fields map[string]string // kind by path
}

// NewElasticsearch starts a cluster; the caller closes it.
func NewElasticsearch(o ElasticsearchOptions) *Elasticsearch {
	s := &Elasticsearch{o: o, indexes: map[string]*esIndex{}, seen: map[string]bool{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Docs are the documents of an index by their ids; with * in the name those of all that fit.
func (s *Elasticsearch) Docs(index string) map[string]json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]json.RawMessage{}
	for name, ix := range s.indexes {
		if fits, _ := path.Match(index, name); fits {
			maps.Copy(all, ix.docs)
		}
	}
	return all
}

func (s *Elasticsearch) answer(w http.ResponseWriter, r *http.Request, status int, body any) {
	kind := "application/json"
	if accept := r.Header.Get("Accept"); strings.HasPrefix(accept, "application/vnd.elasticsearch+") {
		kind = "application/vnd.elasticsearch+json;compatible-with=9"
	}
	w.Header().Set("Content-Type", kind)
	if !s.o.OpenSearch {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

func (s *Elasticsearch) refuse(w http.ResponseWriter, r *http.Request, status int, kind, reason string) {
	problem := map[string]any{"type": kind, "reason": reason}
	s.answer(w, r, status, map[string]any{"error": map[string]any{"root_cause": []any{problem}, "type": kind, "reason": reason}, "status": status})
}

func (s *Elasticsearch) serve(w http.ResponseWriter, r *http.Request) {
	if len(s.o.Auth) > 0 && !slices.Contains(s.o.Auth, r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", "ApiKey")
		s.refuse(w, r, http.StatusUnauthorized, "security_exception", "unable to authenticate with "+r.Header.Get("Authorization")) // to see it redacted
		return
	}
	if length := r.ContentLength; s.o.MaxBody > 0 && length > int64(s.o.MaxBody) {
		w.WriteHeader(http.StatusRequestEntityTooLarge) // as the HTTP layer answers it: without a body
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(z)
		}
	}
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, "parse_exception", "the body cannot be read")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch last := parts[len(parts)-1]; {
	case r.URL.Path == "/":
		version := map[string]any{"number": "9.1.0", "build_flavor": "default"}
		if s.o.OpenSearch {
			version = map[string]any{"number": "3.1.0", "distribution": "opensearch"}
		}
		s.answer(w, r, 200, map[string]any{"name": "n1", "cluster_name": "c", "version": version, "tagline": "You Know, for Search"})
	case last == "_bulk":
		s.bulk(w, r, body)
	case last == "_count" && len(parts) == 2:
		s.answer(w, r, 200, map[string]any{"count": len(s.named(parts[0]))})
	case last == "_search" && len(parts) == 2:
		s.search(w, r, parts[0], body)
	case len(parts) == 3 && parts[1] == "_doc":
		for _, d := range s.named(parts[0]) {
			if d.ID == parts[2] {
				s.answer(w, r, 200, map[string]any{"_index": parts[0], "_id": d.ID, "found": true, "_source": d.Source})
				return
			}
		}
		s.answer(w, r, 404, map[string]any{"_index": parts[0], "_id": parts[2], "found": false})
	default:
		s.refuse(w, r, http.StatusNotFound, "resource_not_found_exception", r.URL.Path)
	}
}

type esHit struct {
	Index  string          `json:"_index"`
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source"`
	Sort   []string        `json:"sort"`
}

// named are the documents of an index in order of their ids.
func (s *Elasticsearch) named(index string) []esHit {
	var hits []esHit
	for name, ix := range s.indexes {
		if fits, _ := path.Match(index, name); fits {
			for id, doc := range ix.docs {
				hits = append(hits, esHit{name, id, doc, []string{id}})
			}
		}
	}
	slices.SortFunc(hits, func(a, b esHit) int { return strings.Compare(a.ID, b.ID) })
	return hits
}

// search gives a page in order of the ids.
func (s *Elasticsearch) search(w http.ResponseWriter, r *http.Request, index string, body []byte) {
	q := struct {
		Size  int
		After []string `json:"search_after"`
	}{Size: 10}
	if size := r.URL.Query().Get("size"); size != "" {
		q.Size, _ = strconv.Atoi(size)
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &q); err != nil {
			s.refuse(w, r, http.StatusBadRequest, "parsing_exception", err.Error())
			return
		}
	}
	hits := s.named(index)
	total := len(hits)
	if len(q.After) > 0 {
		hits = slices.DeleteFunc(hits, func(h esHit) bool { return h.ID <= q.After[0] })
	}
	hits = hits[:min(len(hits), q.Size)]
	if hits == nil {
		hits = []esHit{}
	}
	s.answer(w, r, 200, map[string]any{"took": 1, "timed_out": false, "hits": map[string]any{"total": map[string]any{"value": total, "relation": "eq"}, "hits": hits}})
}

func (s *Elasticsearch) bulk(w http.ResponseWriter, r *http.Request, body []byte) {
	s.bulks++
	if kind := r.Header.Get("Content-Type"); !strings.Contains(kind, "ndjson") {
		s.refuse(w, r, http.StatusNotAcceptable, "media_type_header_exception", "Content-Type header ["+kind+"] is not supported")
		return
	}
	if !bytes.HasSuffix(body, []byte("\n")) {
		s.refuse(w, r, http.StatusBadRequest, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]")
		return
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	var items []any
	failed := false
	for i := 0; i < len(lines); i += 2 {
		var action map[string]struct {
			Index string `json:"_index"`
			ID    string `json:"_id"`
		}
		if err := json.Unmarshal(lines[i], &action); err != nil || len(action) != 1 || i+1 == len(lines) {
			s.refuse(w, r, http.StatusBadRequest, "illegal_argument_exception", fmt.Sprintf("Malformed action/metadata line [%d]", i+1))
			return
		}
		for op, a := range action {
			item := map[string]any{"_index": a.Index, "_id": a.ID}
			if status, kind, reason := s.put(op, a.Index, a.ID, lines[i+1]); kind != "" {
				item["status"], item["error"] = status, map[string]any{"type": kind, "reason": reason}
				failed = true
			} else {
				item["status"], item["result"], item["_version"] = status, "created", 1
			}
			items = append(items, map[string]any{op: item})
		}
	}
	s.answer(w, r, 200, map[string]any{"took": 1, "errors": failed, "items": items})
}

// put stores one document, or says why not.
func (s *Elasticsearch) put(op, index, id string, text []byte) (status int, kind, reason string) {
	stream := strings.HasPrefix(index, "logs-")
	if stream && op != "create" {
		return 400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams"
	}
	ix := s.indexes[index]
	if ix == nil {
		ix = &esIndex{docs: map[string]json.RawMessage{}, fields: map[string]string{}}
		s.indexes[index] = ix
	}
	if _, there := ix.docs[id]; there {
		return 409, "version_conflict_engine_exception", "[" + id + "]: version conflict, document already exists"
	}
	if n := s.o.Busy; n > 0 && !s.seen[id] {
		if s.seen[id] = true; len(s.seen)%n == 0 {
			return 429, "es_rejected_execution_exception", "rejected execution of coordinating operation"
		}
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return 400, "document_parsing_exception", "failed to parse"
	}
	if stream && doc["@timestamp"] == nil {
		return 400, "document_parsing_exception", "data stream timestamp field [@timestamp] is missing"
	}
	fields := maps.Clone(ix.fields)
	if err := fit(fields, "", doc); err != nil {
		return 400, "document_parsing_exception", err.Error()
	}
	if len(fields) > 1000 {
		return 400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded"
	}
	ix.fields = fields
	ix.docs[id] = bytes.Clone(text)
	return 201, "", ""
}

// fit holds a document against the kinds of fields, and adds those that are new, as dynamic mapping does: the first
// value decides; an object never fits where a value is, and a number takes no other text.
func fit(fields map[string]string, at string, value any) error {
	kind := ""
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		for _, x := range v {
			if err := fit(fields, at, x); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		kind = "object"
		for name, x := range v {
			if name == "" {
				return errors.New("field name cannot be an empty string")
			}
			if err := fit(fields, strings.TrimPrefix(at+"."+name, "."), x); err != nil {
				return err
			}
		}
		if at == "" {
			return nil
		}
	case float64:
		kind = "number"
	case bool:
		kind = "boolean"
	default:
		kind = "text"
	}
	before := fields[at]
	switch {
	case before == "":
		fields[at] = kind
	case before == kind || before == "text" && kind != "object":
	case before == "number" && kind == "text":
		if _, err := strconv.ParseFloat(value.(string), 64); err != nil {
			return fmt.Errorf("failed to parse field [%s] of type [long]", at)
		}
	default:
		return fmt.Errorf("object mapping for [%s] tried to parse field as %s, but found a %s", at, before, kind)
	}
	return nil
}
