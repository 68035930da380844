package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"lazuli.dev/lazuli/query"
)

const (
	jsonType = "application/json; charset=utf-8"
	// pieceSize is how much of an answer is made before it is sent: the JSON is never held as a whole.
	pieceSize = 64 << 10
	// stallTime is how long a client may refuse to take a piece.
	stallTime = time.Minute
)

// A stream writes a JSON answer piece by piece. Its errors stay: after the first, everything is dropped.
type stream struct {
	buf     []byte
	out     io.Writer
	zip     *gzip.Writer
	control *http.ResponseController
	err     error
}

var streams = sync.Pool{New: func() any { return &stream{buf: make([]byte, 0, pieceSize+4096)} }}

// Level 1: on JSON it takes a third of the time of the default and makes a tenth more bytes.
var zippers = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}

// startStream sends the header of an answer in JSON, compressed where the client takes that.
func startStream(w http.ResponseWriter, r *http.Request, status int) *stream {
	s := streams.Get().(*stream)
	*s = stream{buf: s.buf[:0], out: w, control: http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", jsonType)
	h.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		s.zip = zippers.Get().(*gzip.Writer)
		s.zip.Reset(w)
		s.out = s.zip
	}
	w.WriteHeader(status)
	return s
}

// spill sends what is in the buffer once it is a piece.
func (s *stream) spill() {
	if len(s.buf) >= pieceSize {
		s.flush()
	}
}

func (s *stream) flush() {
	if s.err == nil {
		// Not every ResponseWriter has deadlines; those of the server have.
		_ = s.control.SetWriteDeadline(time.Now().Add(stallTime))
		_, s.err = s.out.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

// text appends JSON as it is.
func (s *stream) text(json string) { s.buf = append(s.buf, json...) }

// string appends a string.
func (s *stream) string(text string) { s.buf = query.AppendString(s.buf, text) }

// int appends a whole number.
func (s *stream) int(n int64) { s.buf = strconv.AppendInt(s.buf, n, 10) }

// close sends the rest. The stream must not be used afterwards.
func (s *stream) close() error {
	s.flush()
	if s.zip != nil {
		if s.err == nil {
			s.err = s.zip.Close()
		}
		zippers.Put(s.zip)
	}
	// The connection may serve other requests much later.
	_ = s.control.SetWriteDeadline(time.Time{})
	err := s.err
	streams.Put(s)
	return err
}

// acceptsGzip reports whether one of the headers lists gzip or everything, and does not refuse it by q=0.
func acceptsGzip(headers []string) bool {
	for _, header := range headers {
		for _, item := range strings.Split(header, ",") {
			coding, parameters, _ := strings.Cut(item, ";")
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "gzip" && coding != "*" {
				continue
			}
			name, value, _ := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "=")
			q, err := strconv.ParseFloat(value, 64)
			return !strings.EqualFold(name, "q") || err != nil || q > 0
		}
	}
	return false
}

// result appends an answer to a query: the object with tables, and what the preferences ask for.
func (s *stream) result(res *query.Result, want preferences, sources []source, id string) {
	s.text(`{"tables":[`)
	for i := range res.Tables {
		if i > 0 {
			s.text(",")
		}
		s.table(&res.Tables[i])
		if s.err != nil {
			return
		}
	}
	s.text("]")
	if want.statistics {
		s.statistics(&res.Stats)
	}
	if want.render {
		s.render(res)
	}
	if want.sources {
		s.sources(sources)
	}
	if p := res.Partial; p != nil {
		s.text(`,"error":{"code":"PartialError","message":"There were some errors when processing your query.","correlationId":`)
		s.string(id)
		s.text(`,"details":[{"code":"EngineError","message":"Something went wrong processing your query on the server.","innererror":{"code":`)
		inner := &innerProblem{code: "-2133196797", message: p.Message}
		if p.Kind == query.TooLarge {
			inner.message = "The results of this query exceed the set limit (E_QUERY_RESULT_SET_TOO_LARGE). " + p.Message
		}
		s.string(inner.code)
		s.text(`,"message":`)
		s.string(inner.message)
		s.text(`,"severity":2,"severityName":"Error"}}]}`)
	}
	s.text("}")
}

func (s *stream) table(t *query.Table) {
	s.text(`{"name":`)
	s.string(t.Name)
	s.text(`,"columns":[`)
	for i, c := range t.Columns {
		if i > 0 {
			s.text(",")
		}
		s.text(`{"name":`)
		s.string(c.Name)
		s.text(`,"type":"` + c.Type.String() + `"`)
		if t.RowIDs && i == len(t.Columns)-1 {
			s.text(`,"rowId":true`)
		}
		s.text("}")
	}
	s.text(`],"rows":[`)
	first := true
	for row := range t.Rows() {
		if !first {
			s.buf = append(s.buf, ',')
		}
		first = false
		s.buf = append(s.buf, '[')
		for i := range t.Columns {
			if i > 0 {
				s.buf = append(s.buf, ',')
			}
			s.buf = row.Append(s.buf, i, query.API)
		}
		s.buf = append(s.buf, ']')
		s.spill()
		if s.err != nil {
			return
		}
	}
	s.text("]}")
}

// statistics appends what the engine knows, in the places where Log Analytics has it.
func (s *stream) statistics(st *query.Stats) {
	s.text(`,"statistics":{"query":{"executionTime":`)
	s.buf = strconv.AppendFloat(s.buf, st.Time.Seconds(), 'f', 7, 64)
	s.text(`,"queueTime":`)
	s.buf = strconv.AppendFloat(s.buf, st.Waited.Seconds(), 'f', 7, 64)
	s.text(`,"compileTime":`)
	s.buf = strconv.AppendFloat(s.buf, st.Compile.Seconds(), 'f', 7, 64)
	s.text(`,"inputDatasetStatistics":{"rows":{"total":`)
	s.int(st.RowsHeld)
	s.text(`},"tables":[`)
	for i, t := range st.Tables {
		if i > 0 {
			s.text(",")
		}
		s.text(`{"name":`)
		s.string(t.Name)
		s.text(`,"rows":`)
		s.int(t.Rows)
		s.text("}")
	}
	s.text(`]},"datasetStatistics":[{"tableRowCount":`)
	s.int(st.RowsResult)
	s.text(`,"tableSize":`)
	s.int(st.BytesResult)
	s.text("}]}}")
}

// renderProperties are the properties of a chart in the order in which Log Analytics writes them, behind them the limits
// of x, which it does not write; and whether each is a list of columns, a flag or a text.
var renderProperties = []struct{ name, kind string }{
	{"title", "text"}, {"accumulate", "flag"}, {"isQuerySorted", "flag"}, {"kind", "text"}, {"legend", "text"}, {"series", "list"},
	{"yMin", "text"}, {"yMax", "text"}, {"xAxis", "text"}, {"xColumn", "text"}, {"xTitle", "text"}, {"yAxis", "text"},
	{"yColumns", "list"}, {"ySplit", "text"}, {"yTitle", "text"}, {"anomalyColumns", "list"}, {"xMin", "text"}, {"xMax", "text"},
}

// render appends how the result wants to be drawn; a query that does not say is a table.
func (s *stream) render(res *query.Result) {
	s.text(`,"render":{"visualization":`)
	var props map[string]string
	if res.Render == nil {
		s.text("null")
	} else {
		s.string(res.Render.Chart)
		props = map[string]string{}
		for name, value := range res.Render.Props {
			props[strings.ToLower(name)] = value
		}
	}
	for _, p := range renderProperties {
		s.text(`,"` + p.name + `":`)
		value, said := props[strings.ToLower(p.name)]
		switch {
		case p.kind == "flag":
			s.text(strconv.FormatBool(strings.EqualFold(value, "true")))
		case !said:
			s.text("null")
		case p.kind == "list":
			s.text("[")
			for i, name := range strings.Split(value, ",") {
				if i > 0 {
					s.text(",")
				}
				s.string(strings.TrimSpace(name))
			}
			s.text("]")
		default:
			s.string(value)
		}
	}
	s.text("}")
}

// A source is a workspace that a query read, and the tables in it.
type source struct {
	id     string
	tables []string
}

func (s *stream) sources(list []source) {
	s.text(`,"dataSources":[`)
	for i, src := range list {
		if i > 0 {
			s.text(",")
		}
		s.text(`{"resourceId":`)
		s.string(src.id)
		s.text(`,"tables":[`)
		for j, t := range src.tables {
			if j > 0 {
				s.text(",")
			}
			s.string(t)
		}
		s.text("]}")
	}
	s.text("]")
}
