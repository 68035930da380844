package plan

// A pruner leaves out columns that nothing reads.
type pruner struct {
	need map[*Shared]map[*Column]bool
	// order are the shared results in the order in which their uses were met.
	order []*Shared
	done  map[*Shared]bool
}

// all prunes op and the shared results below it. A shared result is pruned when
// every use of it is known: its uses stand in op and in shared results with
// greater numbers only.
func (p *pruner) all(op Op, need map[*Column]bool) Op {
	p.done = map[*Shared]bool{}
	op = p.prune(op, need)
	for {
		var next *Shared
		for _, s := range p.order {
			if !p.done[s] && (next == nil || s.ID > next.ID) {
				next = s
			}
		}
		if next == nil {
			return op
		}
		p.done[next] = true
		next.In = p.prune(next.In, p.need[next])
	}
}

type columnSet = map[*Column]bool

func add(need columnSet, es ...Expr) {
	for _, e := range es {
		if e != nil {
			Refs(e, func(c *Column) { need[c] = true })
		}
	}
}

func (p *pruner) prune(op Op, need columnSet) Op {
	// Queries inside of expressions have needs of their own.
	sub := func(e Expr) Expr {
		if e == nil {
			return nil
		}
		return p.queries(e)
	}
	subs := func(es []Expr) []Expr {
		out := make([]Expr, len(es))
		for i, e := range es {
			out[i] = sub(e)
		}
		return out
	}
	kept := func(its []Item) (out []Item) {
		for _, it := range its {
			if need[it.Col] {
				out = append(out, Item{it.Col, sub(it.X)})
			}
		}
		return out
	}
	with := func(its []Item, more ...Expr) columnSet {
		n := columnSet{}
		for _, it := range its {
			add(n, it.X)
		}
		add(n, more...)
		return n
	}
	plus := func(es ...Expr) columnSet {
		n := columnSet{}
		for c := range need {
			n[c] = true
		}
		add(n, es...)
		return n
	}
	switch o := op.(type) {
	case *Scan:
		n := &Scan{Table: o.Table}
		for _, c := range o.Columns {
			if need[c] {
				n.Columns = append(n.Columns, c)
			}
		}
		return n
	case *Values:
		n := &Values{}
		var at []int
		for i, c := range o.Columns {
			if need[c] {
				n.Columns, at = append(n.Columns, c), append(at, i)
			}
		}
		for _, row := range o.Rows {
			r := make([]Expr, len(at))
			for j, i := range at {
				r[j] = sub(row[i])
			}
			n.Rows = append(n.Rows, r)
		}
		return n
	case *Use:
		n := &Use{Of: o.Of}
		if p.need[o.Of] == nil {
			p.need[o.Of] = columnSet{}
			p.order = append(p.order, o.Of)
		}
		for i, c := range o.Columns {
			if need[c] {
				n.Columns, n.From = append(n.Columns, c), append(n.From, o.From[i])
				p.need[o.Of][o.From[i]] = true
			}
		}
		return n
	case *Filter:
		return &Filter{p.prune(o.In, plus(o.Pred)), sub(o.Pred)}
	case *Project:
		its := kept(o.Items)
		in := p.prune(o.In, with(its))
		return &Project{in, its}
	case *Limit:
		var ks []Expr
		for _, k := range o.Keys {
			ks = append(ks, k.X)
		}
		return &Limit{p.prune(o.In, plus(ks...)), sub(o.N), o.Keys}
	case *Expand:
		n := *o
		var xs []Expr
		n.Items = nil
		for _, it := range o.Items {
			xs = append(xs, it.X)
			n.Items = append(n.Items, ExpandItem{sub(it.X), it.Col})
		}
		n.In = p.prune(o.In, plus(xs...))
		if n.Index != nil && !need[n.Index] {
			n.Index = nil
		}
		return &n
	case *Window:
		if !need[o.Col] {
			return p.prune(o.In, need)
		}
		xs := append([]Expr{o.Restart}, o.Args...)
		for _, k := range o.Keys {
			xs = append(xs, k.X)
		}
		for _, c := range o.Partition {
			xs = append(xs, &Ref{c})
		}
		n := *o
		n.In, n.Args, n.Restart = p.prune(o.In, plus(xs...)), subs(o.Args), sub(o.Restart)
		return &n
	case *Extract:
		n := *o
		n.In, n.X = p.prune(o.In, plus(o.X)), sub(o.X)
		return &n
	case *Aggregate:
		n := &Aggregate{Keys: nil, Aggs: kept(o.Aggs), Order: o.Order}
		for _, it := range o.Keys {
			n.Keys = append(n.Keys, Item{it.Col, sub(it.X)})
		}
		below := with(n.Keys)
		for _, it := range n.Aggs {
			add(below, it.X)
		}
		for _, pk := range o.Picks {
			its := kept(pk.Items)
			if len(its) == 0 {
				continue
			}
			n.Picks = append(n.Picks, Pick{sub(pk.By), pk.Least, its})
			add(below, pk.By)
			for _, it := range its {
				add(below, it.X)
			}
		}
		for _, k := range o.Order {
			add(below, k.X)
		}
		n.In = p.prune(o.In, below)
		return n
	case *Series:
		n := *o
		n.Keys, n.Aggs = nil, nil
		for _, it := range o.Keys {
			n.Keys = append(n.Keys, Item{it.Col, sub(it.X)})
		}
		below := with(n.Keys, o.Axis.X)
		for _, a := range o.Aggs {
			if need[a.Col] {
				n.Aggs = append(n.Aggs, a)
				add(below, a.X)
			}
		}
		n.From, n.To, n.Step = sub(o.From), sub(o.To), sub(o.Step)
		n.In = p.prune(o.In, below)
		return &n
	case *Join:
		var ls, rs []Expr
		n := &Join{Kind: o.Kind, NullsMeet: o.NullsMeet}
		for _, pr := range o.On {
			ls, rs = append(ls, pr.L), append(rs, pr.R)
			n.On = append(n.On, Pair{sub(pr.L), sub(pr.R)})
		}
		side := func(in Op, keys []Expr) Op {
			own := columnSet{}
			for _, c := range in.Cols() {
				if need[c] {
					own[c] = true
				}
			}
			add(own, keys...)
			return p.prune(in, own)
		}
		n.Left, n.Right = side(o.Left, ls), side(o.Right, rs)
		return n
	case *Union:
		n := &Union{}
		for _, c := range o.Columns {
			if need[c] {
				n.Columns = append(n.Columns, c)
			}
		}
		for i, in := range o.Ins {
			its := kept(o.From[i])
			n.Ins, n.From = append(n.Ins, p.prune(in, with(its))), append(n.From, its)
		}
		return n
	}
	return rebuild(op, func(in Op) Op { return p.prune(in, need) })
}

// queries prunes the queries inside of an expression.
func (p *pruner) queries(e Expr) Expr {
	return Replace(e, func(e Expr) (Expr, bool) {
		switch e := e.(type) {
		case *Scalar:
			return &Scalar{p.prune(e.In, columnSet{e.Col: true}), e.Col}, true
		case *In:
			if e.Query != nil {
				n := *e
				n.X, n.Query = p.queries(e.X), p.prune(e.Query, columnSet{e.Col: true})
				return &n, true
			}
		}
		return nil, false
	})
}
