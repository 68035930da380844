package syntax

import "strings"

// pipe reads an expression with all the operators that follow it.
func (p *parser) pipe() Expr {
	start := p.start()
	if !p.enter() {
		return &BadExpr{p.loc(start)}
	}
	defer p.leave()
	if p.sourceStarts() {
		if !sources[p.tok().Text] {
			p.note(p.tok().At, "%s needs a table before it", quote(p.tok().Text))
		}
		op := p.operator()
		return p.stages(start, nil, []Operator{op})
	}
	x := p.expr()
	if !p.at(TokBar) && !p.operatorFollows() {
		return x
	}
	return p.stages(start, x, nil)
}

// subPipe reads a pipeline whose input is implied.
func (p *parser) subPipe() Expr {
	start := p.start()
	if !p.enter() {
		return &BadExpr{p.loc(start)}
	}
	defer p.leave()
	if p.atWord("__contextual_datatable") {
		x := p.expr()
		if !p.at(TokBar) {
			return x
		}
		return p.stages(start, x, nil)
	}
	op := p.operator()
	return p.stages(start, nil, []Operator{op})
}

// sourceStarts says whether an operator that needs no input starts here, or another one that
// cannot be a name: an error that is better told as such.
func (p *parser) sourceStarts() bool {
	t := p.tok()
	if t.Kind != TokWord {
		return false
	}
	switch t.Text {
	case "evaluate":
		next := p.peek(1)
		return next.Kind == TokWord && wordOps[next.Text] == OpInvalid
	case "range":
		n := p.nameLen(1)
		return n > 0 && p.peekWord(1+n, "from")
	case "facet", "reduce", "partition", "sort", "order":
		return p.peekWord(1, "by")
	}
	if _, ok := operators[t.Text]; !ok || !reserved[t.Text] {
		return false
	}
	// `project == 1` is a name that lacks its brackets.
	return !p.nameFollows()
}

// nameFollows says whether the token behind the current one stands only behind a name.
func (p *parser) nameFollows() bool {
	switch t := p.peek(1); t.Kind {
	case TokEq, TokNe, TokEqCI, TokNeCI, TokLt, TokLe, TokGt, TokGe, TokSlash, TokPercent, TokDot, TokRBracket:
		return true
	case TokWord:
		return wordOps[t.Text] != OpInvalid && t.Text != "in"
	}
	return false
}

// operatorFollows says whether an operator starts here whose bar was forgotten.
func (p *parser) operatorFollows() bool {
	t := p.tok()
	_, ok := operators[t.Text]
	return ok && t.Kind == TokWord && reserved[t.Text] && !p.nameFollows() && p.peek(1).Kind != TokLParen
}

// stages reads the operators behind what has been read of a pipeline.
func (p *parser) stages(start int, source Expr, ops []Operator) Expr {
	for {
		if len(ops) > 0 {
			p.endStage()
		}
		switch {
		case p.accept(TokBar):
			p.quiet = false
		case p.operatorFollows():
			p.note(p.tok().At, `expected "|" before %s`, quote(p.tok().Text))
			p.quiet = false
		default:
			if source != nil && len(ops) == 0 {
				return source
			}
			return &Pipe{p.loc(start), source, ops}
		}
		ops = append(ops, p.operator())
	}
}

// endStage goes to the end of an operator; what stands before it is an error.
func (p *parser) endStage() {
	switch {
	case p.atEnd(), p.at(TokComma), p.operatorFollows(), p.statementStarts():
		return
	}
	p.want("|")
	p.fail("")
	p.skipTo(TokBar, TokSemicolon)
}

// expr reads an expression without a name and without pipes.
func (p *parser) expr() Expr {
	// Most expressions are one name or number: skip the levels of precedence.
	switch p.peek(1).Kind {
	case TokComma, TokRParen, TokBar:
		if p.at(TokWord) || p.at(TokLong) || p.at(TokString) {
			return p.primary()
		}
	}
	if !p.enter() {
		return &BadExpr{p.loc(p.start())}
	}
	defer p.leave()
	return p.binary(precOr)
}

// The levels of precedence, from loose to tight. That string operators bind tighter than
// arithmetic is Kusto's: `a + b has c` is `a + (b has c)`.
const (
	precNone = iota
	precOr
	precAnd
	precEquality
	precRelation
	precSum
	precProduct
	precString
	precUnary
)

// binaryOp returns the operator that the current token is, and its precedence.
func (p *parser) binaryOp() (Op, int) {
	t := p.tok()
	switch t.Kind {
	case TokWord:
		switch t.Text {
		case "between", "!between":
			return OpInvalid, precEquality
		case "matches":
			if p.peekWord(1, "regex") {
				return OpMatchesRegex, precString
			}
			return OpInvalid, precNone
		}
		op, ok := wordOps[t.Text]
		switch {
		case !ok:
			return OpInvalid, precNone
		case op == OpIn && p.peekWord(1, "range"):
			// make-series count() on x in range(...)
			return OpInvalid, precNone
		case op == OpOr:
			return op, precOr
		case op == OpAnd:
			return op, precAnd
		case op >= OpIn && op <= OpHasAll:
			return op, precEquality
		}
		return op, precString
	case TokEq:
		return OpEq, precEquality
	case TokNe:
		return OpNe, precEquality
	case TokLt:
		return OpLt, precRelation
	case TokLe:
		return OpLe, precRelation
	case TokGt:
		return OpGt, precRelation
	case TokGe:
		return OpGe, precRelation
	case TokPlus:
		return OpAdd, precSum
	case TokMinus:
		return OpSub, precSum
	case TokStar:
		return OpMul, precProduct
	case TokSlash:
		return OpDiv, precProduct
	case TokPercent:
		return OpMod, precProduct
	case TokEqCI:
		return OpEqCI, precString
	case TokNeCI:
		return OpNeCI, precString
	case TokColon:
		return OpSearch, precString
	}
	return OpInvalid, precNone
}

// binary reads operators of at least the precedence. Comparisons and string operators do not
// chain: `a == b == c` is an error.
func (p *parser) binary(least int) Expr {
	start := p.start()
	x := p.unary()
	most := precUnary
	for {
		op, prec := p.binaryOp()
		if prec > most {
			p.report(p.tok().At, "%s cannot follow another comparison; use parentheses", quote(p.tok().Text))
			return x
		}
		if prec < least || prec == precNone {
			return x
		}
		p.link()
		t := p.next()
		opAt := t.At
		if op == OpMatchesRegex {
			opAt = opAt.Join(p.next().At)
		}
		switch {
		case op == OpInvalid:
			x = p.between(start, x, t.Text == "!between")
		case op >= OpIn && op <= OpHasAll:
			in := &In{Op: op, OpAt: opAt, X: x}
			in.List = p.inList()
			in.Loc = p.loc(start)
			x = in
		default:
			y := p.binary(prec + 1)
			x = &Binary{p.loc(start), op, opAt, x, y}
		}
		most = prec
		if prec == precEquality || prec == precRelation || prec == precString {
			most = prec - 1
		}
	}
}

func (p *parser) between(start int, x Expr, not bool) Expr {
	b := &Between{Not: not, X: x}
	p.expect(TokLParen)
	b.Low = p.expr()
	p.expect(TokDotDot)
	b.High = p.expr()
	p.close(TokRParen)
	b.Loc = p.loc(start)
	return b
}

// inList reads `(a, b)` or `(query)`.
func (p *parser) inList() []Expr {
	if !p.expect(TokLParen) {
		return nil
	}
	all := list(p, p.pipe)
	p.close(TokRParen)
	return all
}

func (p *parser) unary() Expr {
	start := p.start()
	switch {
	case p.at(TokStar):
		// `* has "x"` and `* == 1` look in all columns.
		op, prec := func() (Op, int) {
			p.pos++
			defer func() { p.pos-- }()
			return p.binaryOp()
		}()
		if prec == precString || op == OpEq {
			p.next()
			return &Star{p.loc(start)}
		}
	case p.at(TokMinus), p.at(TokPlus):
		op := OpNeg
		if p.next().Kind == TokPlus {
			op = OpPos
		}
		// The least long has no positive counterpart.
		if t := p.tok(); op == OpNeg && t.Kind == TokLong && t.Text == "9223372036854775808" {
			lit := p.literal(true)
			lit.Loc = p.loc(start)
			return lit
		}
		x := p.postfix()
		return &Unary{p.loc(start), op, x}
	}
	return p.postfix()
}

// postfix reads members and indices behind a primary expression.
func (p *parser) postfix() Expr {
	start := p.start()
	x := p.primary()
	for {
		switch {
		case p.at(TokDot) && p.peek(1).Kind == TokLBracket:
			p.link()
			p.next()
			if p.nameLen(0) > 0 {
				name := p.name()
				x = &Member{p.loc(start), x, name}
				continue
			}
			x = p.index(start, x)
		case p.at(TokDot):
			p.link()
			p.next()
			sel := p.selector()
			x = &Member{p.loc(start), x, sel}
		case p.at(TokLBracket):
			p.link()
			x = p.index(start, x)
		default:
			return x
		}
	}
}

func (p *parser) index(start int, x Expr) Expr {
	p.next()
	i := p.expr()
	p.close(TokRBracket)
	return &Index{p.loc(start), x, i}
}

// selector reads what stands behind a dot: any word, also a keyword, or a call.
func (p *parser) selector() Expr {
	start := p.start()
	if !p.at(TokWord) && !p.at(TokBool) {
		p.fail("a name")
		return &BadExpr{p.loc(start)}
	}
	name := p.word()
	if p.at(TokLParen) {
		return p.call(start, name)
	}
	return name
}

// word takes the current token as a name.
func (p *parser) word() *Ident {
	t := p.next()
	return &Ident{Loc: Loc{t.At}, Name: t.Text}
}

func (p *parser) call(start int, name *Ident) *Call {
	c := &Call{Name: name}
	if p.expect(TokLParen) {
		if !p.at(TokRParen) {
			c.Args = list(p, p.argument)
		}
		p.close(TokRParen)
	}
	c.Loc = p.loc(start)
	return c
}

// argument reads an argument of a call: `*`, `name=x`, or an expression with or without pipes.
func (p *parser) argument() Expr {
	start := p.start()
	if p.at(TokStar) {
		switch p.peek(1).Kind {
		case TokComma, TokRParen, TokEOF:
			p.next()
			return &Star{p.loc(start)}
		}
	}
	if p.namedLen() > 0 {
		return p.named()
	}
	return p.pipe()
}

// nameLen returns how many tokens make a name n places ahead, 0 when there is no name. Any word
// is a name here; the caller knows whether a keyword can be one.
func (p *parser) nameLen(n int) int {
	switch p.peek(n).Kind {
	case TokWord:
		return 1
	case TokLBracket:
		i := n + 1
		for p.peek(i).Kind == TokString {
			i++
		}
		if i > n+1 && p.peek(i).Kind == TokRBracket {
			return i + 1 - n
		}
	}
	return 0
}

// namedLen returns how many tokens stand before the expression in `name = x` and
// `(name, name) = x`, 0 when there is no name.
func (p *parser) namedLen() int {
	if n := p.nameLen(0); n > 0 {
		if p.peek(n).Kind == TokAssign {
			return n + 1
		}
		return 0
	}
	if !p.at(TokLParen) {
		return 0
	}
	for i := 1; ; i++ {
		n := p.nameLen(i)
		if n == 0 {
			return 0
		}
		i += n
		switch p.peek(i).Kind {
		case TokComma:
		case TokRParen:
			if p.peek(i+1).Kind == TokAssign {
				return i + 2
			}
			return 0
		default:
			return 0
		}
	}
}

// named reads an expression with or without a name.
func (p *parser) named() Expr {
	if p.namedLen() == 0 {
		return p.expr()
	}
	start := p.start()
	n := &Named{}
	if p.accept(TokLParen) {
		n.Tuple = true
		n.Names = list(p, p.name)
		p.close(TokRParen)
	} else {
		n.Names = []*Ident{p.name()}
	}
	p.expect(TokAssign)
	n.X = p.expr()
	n.Loc = p.loc(start)
	return n
}

// name reads a name where it is declared, or where nothing but a name can stand: any keyword is
// one.
func (p *parser) name() *Ident {
	start := p.start()
	switch {
	case p.at(TokWord):
		return p.word()
	case p.nameLen(0) > 0:
		p.next()
		s := p.str()
		p.next()
		return &Ident{Loc: p.loc(start), Name: s.Text, Quoted: true}
	}
	p.fail("a name")
	return &Ident{Loc: p.loc(start)}
}

// wildcardLen returns how many tokens make a pattern such as `Sec*` here, 0 when there is none.
// Blanks end it.
func (p *parser) wildcardLen() int {
	stars, n := 0, 0
	for ; ; n++ {
		t := p.peek(n)
		if n > 0 && t.At.Start != p.peek(n-1).At.End {
			break
		}
		if t.Kind == TokStar {
			stars++
			continue
		}
		if t.Kind != TokWord && (n == 0 || t.Kind != TokLong) {
			break
		}
	}
	if stars == 0 {
		return 0
	}
	return n
}

// pattern reads a name that may have stars in it.
func (p *parser) pattern() Expr {
	start := p.start()
	n := p.wildcardLen()
	if n == 0 {
		return p.name()
	}
	var b strings.Builder
	for range n {
		b.WriteString(p.next().Text)
	}
	return &Ident{Loc: p.loc(start), Name: b.String(), Wildcard: true}
}

// entity reads a table in union, find, search and restrict: a name, a pattern, a path, a call or
// a query in parentheses.
func (p *parser) entity() Expr {
	if p.wildcardLen() > 0 {
		return p.pattern()
	}
	start := p.start()
	if p.at(TokLBracket) && p.nameLen(0) == 0 {
		p.next()
		x := p.pattern()
		p.close(TokRBracket)
		return x
	}
	if p.at(TokWord) && p.peek(1).Kind != TokLParen && reserved[p.tok().Text] && p.tok().Text != "datatable" {
		p.primary() // reports it
		return &BadExpr{p.loc(start)}
	}
	return p.members(start, p.primary())
}

// members reads the members and indices behind x, which starts at the offset; the last member
// may be a pattern.
func (p *parser) members(start int, x Expr) Expr {
	for {
		switch {
		case p.at(TokDot):
			p.link()
			p.next()
			if p.wildcardLen() > 0 {
				sel := p.pattern()
				return &Member{p.loc(start), x, sel}
			}
			if p.at(TokLBracket) {
				name := p.name()
				x = &Member{p.loc(start), x, name}
				continue
			}
			sel := p.selector()
			x = &Member{p.loc(start), x, sel}
		case p.at(TokLBracket):
			p.link()
			x = p.index(start, x)
		default:
			return x
		}
	}
}

// primary reads a literal, a name, a call, or an expression in parentheses.
func (p *parser) primary() Expr {
	start := p.start()
	switch t := p.tok(); t.Kind {
	case TokString:
		return p.str()
	case TokLong, TokInt, TokReal, TokDecimal, TokBool, TokDatetime, TokTimespan, TokGuid:
		return p.literal(false)
	case TokRawGuid:
		p.note(t.At, "a GUID is written guid(%s)", t.Text)
		p.next()
		return &BadExpr{p.loc(start)}
	case TokLParen:
		return p.parens()
	case TokLBracket:
		if p.nameLen(0) > 0 {
			name := p.name()
			if p.at(TokLParen) {
				return p.call(start, name)
			}
			return name
		}
	case TokWord:
		return p.wordExpr(t)
	}
	p.fail("an expression")
	return &BadExpr{p.loc(start)}
}

func (p *parser) parens() Expr {
	start := p.start()
	p.next()
	x := p.pipe()
	p.close(TokRParen)
	widen(x, p.span(start))
	return x
}

// widen makes the span of a node that stood in parentheses cover them.
func widen(x Expr, at Span) {
	if w, ok := x.(interface{ widen(Span) }); ok {
		w.widen(at)
	}
}

func (l *Loc) widen(at Span) { l.At = at }

// wordExpr reads an expression that starts with a word.
func (p *parser) wordExpr(t Token) Expr {
	start := p.start()
	next := p.peek(1)
	switch t.Text {
	case "dynamic":
		if next.Kind == TokLParen {
			return p.dynamic()
		}
	case "typeof":
		if next.Kind == TokLParen {
			return p.typeOf()
		}
	case "toscalar", "totable", "materialize":
		if next.Kind == TokLParen || next.Text == "kind" {
			return p.queryCall()
		}
	case "datatable":
		if next.Kind == TokLParen || next.Kind == TokWord {
			return p.dataTable()
		}
	case "externaldata", "external_data":
		if next.Kind == TokLParen || next.Kind == TokWord {
			return p.externalData()
		}
	case "inline_external_table":
		if p.inlineTableStarts() {
			return p.inlineTable()
		}
	case "__contextual_datatable":
		p.next()
		c := &ContextualTable{ID: p.expr()}
		c.Schema = p.schema()
		c.Loc = p.loc(start)
		return c
	case "materialized-view-combine":
		return p.viewCombine()
	case "entity_group":
		if next.Kind == TokLBracket {
			return p.entityGroup()
		}
	case "let":
		if next.Kind == TokWord && p.peek(2).Kind == TokAssign {
			p.fail("an expression")
			return &BadExpr{p.loc(start)}
		}
	}
	if reserved[t.Text] {
		return p.reservedWord(t)
	}
	name := p.word()
	if p.at(TokLParen) {
		return p.call(start, name)
	}
	if p.atWord("datascope") {
		p.next()
		p.expect(TokAssign)
		d := &DataScope{X: name, Scope: p.name()}
		d.Loc = p.loc(start)
		return d
	}
	return name
}

// reservedWord reports a keyword that stands where an expression should.
func (p *parser) reservedWord(t Token) Expr {
	start := p.start()
	// Taken as a name, what follows can be read; unless nothing follows that belongs to a name.
	behind := p.peek(1)
	_, isOp := wordOps[t.Text]
	switch {
	case isOp, t.Text == "by", t.Text == "of", t.Text == "to", t.Text == "between", t.Text == "!between":
		if !p.nameFollows() && behind.Kind != TokComma {
			p.fail("an expression")
			return &BadExpr{p.loc(start)}
		}
	}
	switch behind.Kind {
	case TokLParen, TokWord, TokString, TokLong:
		if wordOps[behind.Text] == OpInvalid {
			p.fail("an expression")
			return &BadExpr{p.loc(start)}
		}
	}
	p.note(t.At, `%s is a keyword; write ['%s'] for the name`, quote(t.Text), t.Text)
	return p.word()
}
