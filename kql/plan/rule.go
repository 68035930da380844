package plan

// Optimize rewrites a query so that it asks less of the engine: filters go down
// to the tables, columns that nobody reads are not read, and results that are
// used once are not kept.
func Optimize(q *Query) {
	for _, r := range q.Results {
		r.Op = inline(r.Op)
		r.Op = pushFilters(r.Op)
		p := &pruner{need: map[*Shared]map[*Column]bool{}}
		need := map[*Column]bool{}
		for _, f := range r.Fields {
			need[f.Col] = true
		}
		for _, k := range r.Order {
			Refs(k.X, func(c *Column) { need[c] = true })
		}
		r.Op = p.all(r.Op, need)
	}
}

// OptimizeApart rewrites a result whose rows are also rows of another one, which is not
// rewritten: what they share is as it was once restore has been called.
func OptimizeApart(r *Result) (restore func()) {
	before := map[*Shared]Op{}
	var note func(Op) Op
	note = func(op Op) Op {
		if u, ok := op.(*Use); ok {
			if _, known := before[u.Of]; !known {
				before[u.Of] = u.Of.In
				note(u.Of.In)
			}
			return op
		}
		return rebuild(op, note)
	}
	note(r.Op)
	Optimize(&Query{Results: []*Result{r}})
	return func() {
		for s, in := range before {
			s.In = in
		}
	}
}

// rebuild returns op with its inputs replaced by f of them, and the queries
// inside of its expressions too. op itself is not changed.
func rebuild(op Op, f func(Op) Op) Op {
	x := func(e Expr) Expr { return mapQueries(e, f) }
	xs := func(es []Expr) []Expr {
		out := make([]Expr, len(es))
		for i, e := range es {
			if e != nil {
				out[i] = x(e)
			}
		}
		return out
	}
	its := func(in []Item) []Item {
		out := make([]Item, len(in))
		for i, it := range in {
			out[i] = Item{it.Col, x(it.X)}
		}
		return out
	}
	ks := func(in []SortKey) []SortKey {
		out := make([]SortKey, len(in))
		for i, k := range in {
			k.X = x(k.X)
			out[i] = k
		}
		return out
	}
	switch o := op.(type) {
	case *Values:
		n := &Values{Columns: o.Columns}
		for _, row := range o.Rows {
			n.Rows = append(n.Rows, xs(row))
		}
		return n
	case *Range:
		return &Range{o.Column, x(o.From), x(o.To), x(o.Step)}
	case *Filter:
		return &Filter{f(o.In), x(o.Pred)}
	case *Project:
		return &Project{f(o.In), its(o.Items)}
	case *Limit:
		return &Limit{f(o.In), x(o.N), ks(o.Keys)}
	case *Expand:
		n := *o
		n.In, n.Items = f(o.In), nil
		for _, it := range o.Items {
			n.Items = append(n.Items, ExpandItem{x(it.X), it.Col})
		}
		if o.Limit != nil {
			n.Limit = x(o.Limit)
		}
		return &n
	case *Window:
		n := *o
		n.In, n.Args, n.Keys = f(o.In), xs(o.Args), ks(o.Keys)
		if o.Restart != nil {
			n.Restart = x(o.Restart)
		}
		return &n
	case *Extract:
		n := *o
		n.In, n.X = f(o.In), x(o.X)
		return &n
	case *Aggregate:
		n := &Aggregate{In: f(o.In), Keys: its(o.Keys), Aggs: its(o.Aggs), Order: ks(o.Order)}
		for _, p := range o.Picks {
			if p.By != nil {
				p.By = x(p.By)
			}
			p.Items = its(p.Items)
			n.Picks = append(n.Picks, p)
		}
		return n
	case *Series:
		n := *o
		n.In, n.Keys, n.Axis, n.Aggs = f(o.In), its(o.Keys), Item{o.Axis.Col, x(o.Axis.X)}, nil
		n.Step = x(o.Step)
		if o.From != nil {
			n.From = x(o.From)
		}
		if o.To != nil {
			n.To = x(o.To)
		}
		for _, a := range o.Aggs {
			a.X, a.Default = x(a.X), x(a.Default)
			n.Aggs = append(n.Aggs, a)
		}
		return &n
	case *Join:
		n := &Join{Left: f(o.Left), Right: f(o.Right), Kind: o.Kind, NullsMeet: o.NullsMeet}
		for _, p := range o.On {
			n.On = append(n.On, Pair{x(p.L), x(p.R)})
		}
		return n
	case *Union:
		n := &Union{Columns: o.Columns}
		for i, in := range o.Ins {
			n.Ins, n.From = append(n.Ins, f(in)), append(n.From, its(o.From[i]))
		}
		return n
	}
	return op
}

// mapQueries returns e with the queries inside of it replaced by f of them.
func mapQueries(e Expr, f func(Op) Op) Expr {
	has := false
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case *Scalar:
			has = true
		case *In:
			has = has || e.Query != nil
		}
	})
	if !has {
		return e
	}
	return Replace(e, func(e Expr) (Expr, bool) {
		switch e := e.(type) {
		case *Scalar:
			return &Scalar{f(e.In), e.Col}, true
		case *In:
			if e.Query != nil {
				n := *e
				n.X, n.Query = mapQueries(e.X, f), f(e.Query)
				return &n, true
			}
		}
		return nil, false
	})
}

// inline replaces the use of a shared result that has no other use.
func inline(op Op) Op {
	uses := map[*Shared]int{}
	var count func(Op)
	count = func(op Op) {
		if u, ok := op.(*Use); ok {
			if uses[u.Of]++; uses[u.Of] == 1 {
				count(u.Of.In)
			}
			return
		}
		rebuild(op, func(in Op) Op {
			count(in)
			return in
		})
	}
	count(op)
	done := map[*Shared]bool{}
	var walk func(Op) Op
	walk = func(op Op) Op {
		u, ok := op.(*Use)
		if !ok {
			return rebuild(op, walk)
		}
		if uses[u.Of] > 1 {
			if !done[u.Of] {
				done[u.Of] = true
				u.Of.In = walk(u.Of.In)
			}
			return u
		}
		p := &Project{In: walk(u.Of.In)}
		for i, c := range u.Columns {
			p.Items = append(p.Items, Item{c, &Ref{u.From[i]}})
		}
		return p
	}
	return walk(op)
}
