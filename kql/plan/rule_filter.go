package plan

// pushFilters moves filters down, so that they stand on the tables that they are
// about: an engine can then skip what cannot match, and a comparison meets the
// column as it is stored.
func pushFilters(op Op) Op {
	seen := map[*Shared]bool{}
	var walk func(Op) Op
	walk = func(op Op) Op {
		switch o := op.(type) {
		case *Filter:
			in := walk(o.In)
			var rest []Expr
			for _, p := range conjuncts(mapQueries(o.Pred, walk)) {
				if below, ok := push(in, p); ok {
					in = below
				} else {
					rest = append(rest, p)
				}
			}
			if len(rest) == 0 {
				return in
			}
			return &Filter{In: in, Pred: And(rest...)}
		case *Use:
			if !seen[o.Of] {
				seen[o.Of] = true
				o.Of.In = walk(o.Of.In)
			}
			return o
		}
		return rebuild(op, walk)
	}
	return walk(op)
}

func conjuncts(p Expr) []Expr {
	if l, ok := p.(*Logic); ok && !l.Or {
		return l.Args
	}
	return []Expr{p}
}

// push puts a predicate below op, if that leaves the same rows.
func push(op Op, p Expr) (Op, bool) {
	if volatile(p) {
		return nil, false
	}
	switch o := op.(type) {
	case *Filter:
		if in, ok := push(o.In, p); ok {
			return &Filter{in, o.Pred}, true
		}
		return &Filter{o.In, And(o.Pred, p)}, true
	case *Project:
		q, ok := through(o.Items, p, false)
		if !ok {
			return nil, false
		}
		return &Project{put(o.In, q), o.Items}, true
	case *Union:
		n := &Union{Columns: o.Columns, From: o.From}
		for i, in := range o.Ins {
			q, ok := through(o.From[i], p, true)
			if !ok {
				return nil, false
			}
			n.Ins = append(n.Ins, put(in, q))
		}
		return n, true
	case *Join:
		// A row of the left that fails the filter cannot be the one that
		// innerunique keeps: Kusto filters first as well.
		if o.Kind.Left() && o.Kind != RightOuter && o.Kind != FullOuter && reads(p, o.Left) {
			n := *o
			n.Left = put(o.Left, p)
			return &n, true
		}
		if (o.Kind == Inner || o.Kind == InnerUnique || o.Kind == RightOuter || o.Kind == RightSemi || o.Kind == RightAnti) && reads(p, o.Right) {
			n := *o
			n.Right = put(o.Right, p)
			return &n, true
		}
	}
	return nil, false
}

// put places a predicate on op, as low as it goes.
func put(op Op, p Expr) Op {
	if below, ok := push(op, p); ok {
		return below
	}
	return &Filter{op, p}
}

// reads reports whether p reads columns, and all of them from op.
func reads(p Expr, op Op) bool {
	own := map[*Column]bool{}
	for _, c := range op.Cols() {
		own[c] = true
	}
	n, all := 0, true
	Refs(p, func(c *Column) {
		n++
		all = all && own[c]
	})
	return n > 0 && all
}

// through rewrites a predicate over items into one over what they are computed
// from; it may only read items that hand on a column or are constant. With
// missing, a column that no item computes is null.
func through(its []Item, p Expr, missing bool) (Expr, bool) {
	from := map[*Column]Expr{}
	Refs(p, func(c *Column) { from[c] = nil })
	if missing {
		for c := range from {
			from[c] = Null(c.Type)
		}
	}
	for _, it := range its {
		if _, read := from[it.Col]; !read {
			continue
		}
		switch it.X.(type) {
		case *Ref, *Literal:
			from[it.Col] = it.X
		default:
			return nil, false
		}
	}
	for _, x := range from {
		if x == nil {
			return nil, false
		}
	}
	return Replace(p, func(e Expr) (Expr, bool) {
		if r, isRef := e.(*Ref); isRef {
			return from[r.Col], true
		}
		return nil, false
	}), true
}

func volatile(e Expr) bool {
	found := false
	Walk(e, func(e Expr) {
		if c, ok := e.(*Call); ok && c.Func.Volatile {
			found = true
		}
	})
	return found
}
