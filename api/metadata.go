package api

import (
	"net/http"
	"time"

	"lazuli.dev/lazuli/query"
)

// metadata describes the tables of a workspace in the shape that Log Analytics gives, without the parts that
// belong to solutions of Azure's own. Tables that are known and have no rows are listed too: an
// editor has to complete their names.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	name, p := s.workspace(r, r.PathValue("workspace"))
	if p != nil {
		p.answer(w, r)
		return
	}
	tables, ok := s.tables(w, r, name, true)
	if !ok {
		return
	}
	out := startStream(w, r, http.StatusOK)
	out.text(`{"tables":[`)
	for i, t := range tables {
		if i > 0 {
			out.text(",")
		}
		out.text(`{"id":`)
		out.string(t.Name)
		out.text(`,"name":`)
		out.string(t.Name)
		if t.Doc != "" {
			out.text(`,"description":`)
			out.string(t.Doc)
		}
		out.text(`,"timespanColumn":"TimeGenerated","hasData":`)
		if t.Rows > 0 {
			out.text("true")
		} else {
			out.text("false")
		}
		out.text(`,"columns":[`)
		for j, c := range t.Columns {
			if j > 0 {
				out.text(",")
			}
			out.text(`{"name":`)
			out.string(c.Name)
			out.text(`,"type":"` + c.Type.String() + `"}`)
		}
		out.text("]}")
		out.spill()
	}
	out.text(`],"tableGroups":[],"categories":[],"resourceTypes":[],"functions":[],"queries":[],"workspaces":[{"id":`)
	out.string(s.o.Workspaces[name])
	out.text(`,"name":`)
	out.string(name)
	out.text(`,"resourceId":`)
	out.string(s.o.Workspaces[name])
	out.text(`,"tables":[`)
	for i, t := range tables {
		if i > 0 {
			out.text(",")
		}
		out.string(t.Name)
	}
	out.text("]}]}")
	if err := out.close(); err != nil {
		s.log.InfoContext(r.Context(), "answer not taken", "request", requestID(r.Context()), "error", err)
	}
}

func (s *Server) tables(w http.ResponseWriter, r *http.Request, workspace string, schemas bool) ([]query.TableInfo, bool) {
	tables, err := s.o.Querier.Tables(r.Context(), workspace, schemas)
	if err != nil {
		p, cause := ofQuery(err)
		s.log.ErrorContext(r.Context(), "list tables", "request", requestID(r.Context()), "error", cause)
		p.answer(w, r)
		return nil, false
	}
	return tables, true
}

// adminTables lists the tables that hold rows, of one workspace or, without the parameter workspace, of all.
func (s *Server) adminTables(w http.ResponseWriter, r *http.Request) {
	names := s.permitted(r)
	if asked := r.URL.Query().Get("workspace"); asked != "" {
		name, p := s.workspace(r, asked)
		if p != nil {
			p.answer(w, r)
			return
		}
		names = []string{name}
	}
	type list struct {
		workspace string
		tables    []query.TableInfo
	}
	var lists []list
	for _, name := range names {
		tables, ok := s.tables(w, r, name, false)
		if !ok {
			return
		}
		lists = append(lists, list{name, tables})
	}
	out := startStream(w, r, http.StatusOK)
	out.text(`{"tables":[`)
	first := true
	for _, l := range lists {
		for _, t := range l.tables {
			if !first {
				out.text(",")
			}
			first = false
			out.text("\n" + `{"workspace":`)
			out.string(l.workspace)
			out.text(`,"name":`)
			out.string(t.Name)
			out.text(`,"rows":`)
			out.int(t.Rows)
			out.text(`,"bytes":`)
			out.int(t.Bytes)
			out.text(`,"columns":`)
			out.int(int64(len(t.Columns)))
			out.instant("from", t.MinTime)
			out.instant("to", t.MaxTime)
			out.instant("received", t.Received)
			out.text(`,"retentionSeconds":`)
			keep := time.Duration(0)
			if s.o.Retention != nil {
				keep = s.o.Retention(l.workspace, t.Name)
			}
			out.int(int64(keep / time.Second))
			out.text("}")
			out.spill()
		}
	}
	out.text("\n]}\n")
	_ = out.close() // the client left
}

// instant appends a property that is a time, null for none.
func (s *stream) instant(name string, ticks int64) {
	s.text(`,"` + name + `":`)
	if ticks == 0 {
		s.text("null")
		return
	}
	s.buf = append(query.AppendDateTime(append(s.buf, '"'), ticks), '"')
}

// adminHealth is /healthz for administrators: it names the reason.
func (s *Server) adminHealth(w http.ResponseWriter, r *http.Request) {
	var reason error
	if s.o.Healthy != nil {
		reason = s.o.Healthy(r.Context())
	}
	status := http.StatusOK
	if reason != nil {
		status = http.StatusServiceUnavailable
	}
	out := startStream(w, r, status)
	if reason == nil {
		out.text(`{"status":"ok"}`)
	} else {
		out.text(`{"status":"failing","reason":`)
		out.string(reason.Error())
		out.text("}")
	}
	_ = out.close() // the client left
}
