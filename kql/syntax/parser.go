package syntax

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// maxDepth bounds how deep parentheses, brackets, calls and bodies nest. Every level costs
	// about 1 kB of stack here and in each later stage.
	maxDepth = 1000
	// maxChain bounds the operators, members and indices in a query: `a + b + c ...` makes a tree
	// that is as deep as it is long, and the stages that walk it recurse.
	maxChain = 100_000
	// maxErrors bounds how many errors are reported: behind the first few, most are echoes.
	maxErrors = 50
)

// Parse reads a query. The tree is never nil: where the text is wrong, it has BadExpr and BadOp
// nodes and an Error says what was expected. Errors are in the order of the text.
func Parse(text string) (*Query, []*Error) {
	p := newParser(text)
	q := p.query()
	return q, p.finish()
}

// ParseExpr reads one expression, scalar or tabular. It is never nil, see Parse.
func ParseExpr(text string) (Expr, []*Error) {
	p := newParser(text)
	x := p.argument()
	if !p.at(TokEOF) {
		p.fail("the end of the expression")
	}
	return x, p.finish()
}

type parser struct {
	text   string
	tokens []Token
	pos    int
	errors []*Error
	depth  int
	chain  int
	// quiet is set from an error until parsing has found its feet again, so that one mistake is
	// reported once.
	quiet bool
	// emptyAt is where the last node stands that took no token.
	emptyAt int
	// wanted is what was looked for and not found at the token wantedAt.
	wanted   []string
	wantedAt int
}

func newParser(text string) *parser {
	p := &parser{text: text, wantedAt: -1}
	p.tokens, p.errors = scan(text)
	return p
}

// finish returns the errors in order, without repetitions at one place.
func (p *parser) finish() []*Error {
	slices.SortStableFunc(p.errors, func(a, b *Error) int { return cmp.Compare(a.At.Start, b.At.Start) })
	p.errors = slices.CompactFunc(p.errors, func(a, b *Error) bool { return a.At.Start == b.At.Start })
	return p.errors[:min(len(p.errors), maxErrors)]
}

// tok returns the current token.
func (p *parser) tok() Token { return p.tokens[p.pos] }

// peek returns the token n places ahead; behind the end it is TokEOF.
func (p *parser) peek(n int) Token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

// next takes the current token.
func (p *parser) next() Token {
	t := p.tokens[p.pos]
	if p.pos < len(p.tokens)-1 {
		p.pos++
	}
	return t
}

// at says whether the current token has the kind.
func (p *parser) at(kind TokenKind) bool { return p.tokens[p.pos].Kind == kind }

// atWord says whether the current token is the word, without noting that it was looked for.
func (p *parser) atWord(word string) bool {
	t := &p.tokens[p.pos]
	return t.Kind == TokWord && t.Text == word
}

func (p *parser) peekWord(n int, word string) bool {
	t := p.peek(n)
	return t.Kind == TokWord && t.Text == word
}

// accept takes the current token if it has the kind.
func (p *parser) accept(kind TokenKind) bool {
	if p.at(kind) {
		p.next()
		return true
	}
	p.want(tokenTexts[kind])
	return false
}

// acceptWord takes the current token if it is the word.
func (p *parser) acceptWord(word string) bool {
	if p.atWord(word) {
		p.next()
		return true
	}
	p.want(word)
	return false
}

// expect takes a token of the kind, or reports that it is missing.
func (p *parser) expect(kind TokenKind) bool {
	if p.accept(kind) {
		return true
	}
	p.fail("")
	return false
}

// expectWord takes the word, or reports that it is missing.
func (p *parser) expectWord(word string) bool {
	if p.acceptWord(word) {
		return true
	}
	p.fail("")
	return false
}

// close takes the bracket that closes what is open. When something else stands there, it is
// looked for behind it: what follows the bracket can then be read as if nothing were wrong.
func (p *parser) close(kind TokenKind) {
	if p.expect(kind) {
		return
	}
	here := p.pos
	p.skipTo(kind, TokSemicolon)
	if p.at(kind) {
		p.next()
		p.quiet = false
		return
	}
	p.pos = here
}

// want notes that something was looked for at the current token, for the message of an error.
func (p *parser) want(what string) {
	if p.wantedAt != p.pos {
		p.wanted, p.wantedAt = p.wanted[:0], p.pos
	}
	if !slices.Contains(p.wanted, what) {
		p.wanted = append(p.wanted, what)
	}
}

// span returns the span from the offset to the end of the last token taken. A node that took
// none is empty and stands where it was expected; what is around it reaches up to there.
func (p *parser) span(start int) Span {
	end := p.emptyAt
	if p.pos > 0 {
		end = max(end, p.tokens[p.pos-1].At.End)
	}
	if start >= end {
		p.emptyAt, end = start, start
	}
	return Span{start, end}
}

func (p *parser) loc(start int) Loc { return Loc{p.span(start)} }

// start returns the offset of the current token.
func (p *parser) start() int { return p.tok().At.Start }

// report adds an error unless it would be an echo of the one before.
func (p *parser) report(at Span, format string, args ...any) {
	if p.quiet {
		return
	}
	p.quiet = true
	p.errors = append(p.errors, &Error{at, fmt.Sprintf(format, args...)})
}

// note adds an error that does not keep the parser from reading on.
func (p *parser) note(at Span, format string, args ...any) {
	if !p.quiet {
		p.report(at, format, args...)
		p.quiet = false
	}
}

// fail reports that the current token is not what was expected: what, or, when that is empty,
// all that was looked for here.
func (p *parser) fail(what string) {
	t := p.tok()
	hint := ""
	if t.Kind == TokBad {
		switch t.Text {
		case "“", "”", "„", "‘", "’":
			hint = "; strings stand in straight quotes"
		case "&":
			hint = `; did you mean "and"?`
		}
		p.report(t.At, "unexpected character %s%s", quote(t.Text), hint)
		return
	}
	if what == "" && p.wantedAt == p.pos {
		names := make([]string, len(p.wanted))
		for i, w := range p.wanted {
			names[i] = quote(w)
		}
		what = alternatives(names)
		if t.Kind == TokWord {
			if low := strings.ToLower(t.Text); low != t.Text && wordOps[low] != OpInvalid {
				hint = "; did you mean " + quote(low) + "?"
			} else if word, ok := nearest(t.Text, p.wanted); ok {
				hint = "; did you mean " + quote(word) + "?"
			}
		}
	}
	p.report(t.At, "expected %s, found %s%s", what, describe(t), hint)
}

func alternatives(names []string) string {
	switch n := len(names); n {
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
}

// describe names a token for a message.
func describe(t Token) string {
	if t.Kind == TokEOF {
		return "the end of the query"
	}
	return quote(t.Text)
}

// quote puts double quotes around a part of a query, shortened if it is long.
func quote(s string) string {
	const most = 40
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		s = s[:i] + "…"
	}
	if len(s) > most {
		s = s[:runeStart(s, most)] + "…"
	}
	return `"` + s + `"`
}

// enter counts one level of nesting; the caller must leave if it returns true. At the limit it
// reports an error and gives up on the rest of the text.
func (p *parser) enter() bool {
	if p.depth >= maxDepth {
		p.giveUp(fmt.Sprintf("the query nests deeper than %d levels", maxDepth))
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

// link counts one more operator, member or index.
func (p *parser) link() {
	p.chain++
	if p.chain == maxChain {
		p.giveUp(fmt.Sprintf("the query has more than %d operators", maxChain))
	}
}

// giveUp reports an error and goes to the end of the text, quietly.
func (p *parser) giveUp(msg string) {
	p.report(p.tok().At, "%s", msg)
	p.pos = len(p.tokens) - 1
	p.quiet = true
}

// atEnd says whether the current token ends any list of expressions.
func (p *parser) atEnd() bool {
	switch p.tok().Kind {
	case TokEOF, TokBar, TokSemicolon, TokRParen, TokRBracket, TokRBrace:
		return true
	}
	return false
}

// skipTo goes to the next of the kinds that stands outside of the brackets that open on the way,
// or to the bracket that closes what is around, or to the end.
func (p *parser) skipTo(kinds ...TokenKind) {
	depth := 0
	for !p.at(TokEOF) {
		t := p.tok()
		if depth == 0 && slices.Contains(kinds, t.Kind) {
			return
		}
		switch t.Kind {
		case TokLParen, TokLBracket, TokLBrace:
			depth++
		case TokRParen, TokRBracket, TokRBrace:
			if depth == 0 {
				return
			}
			depth--
		}
		p.next()
	}
}

// list reads elements that commas separate. An element that cannot be read is skipped up to the
// next comma.
func list[T any](p *parser, element func() T) []T {
	var all []T
	for {
		all = append(all, element())
		if p.quiet && !p.at(TokComma) {
			p.skipTo(TokComma, TokBar, TokSemicolon)
		}
		if !p.accept(TokComma) {
			return all
		}
		p.quiet = false
	}
}

// Statements.

func (p *parser) query() *Query {
	q := &Query{Loc: Loc{Span{0, p.tokens[len(p.tokens)-1].At.End}}}
	if p.at(TokDot) {
		p.report(p.tok().At, `a control command, which starts with ".", is not a query`)
	}
	q.Statements = p.statements(TokEOF)
	for !p.at(TokEOF) {
		// Only a closing bracket that nothing opened ends the statements early.
		p.quiet = false
		p.fail(`";" or the end of the query`)
		p.next()
		p.quiet = false
		if !p.at(TokEOF) {
			q.Statements = append(q.Statements, p.statements(TokEOF)...)
		}
	}
	return q
}

// statements reads statements up to the closing token, which it does not take.
func (p *parser) statements(closing TokenKind) []Statement {
	var all []Statement
	for {
		switch p.tok().Kind {
		case TokEOF, TokRParen, TokRBrace, TokRBracket:
			if len(all) == 0 {
				p.fail("a statement")
			}
			return all
		}
		before := p.pos
		all = append(all, p.statement())
		if p.accept(TokSemicolon) {
			p.quiet = false
			if p.at(closing) {
				return all
			}
			continue
		}
		switch p.tok().Kind {
		case TokEOF, TokRParen, TokRBrace, TokRBracket:
			return all
		}
		p.want("|")
		p.fail("")
		if p.pos > before && (p.statementStarts() || p.startsLine()) {
			p.quiet = false
			continue
		}
		p.skipTo(TokSemicolon)
		if p.accept(TokSemicolon) {
			p.quiet = false
		}
		if p.at(TokEOF) {
			return all
		}
	}
}

// startsLine says whether the current token is the first of its line, which is where a statement
// starts when the semicolon before it was forgotten.
func (p *parser) startsLine() bool {
	return p.pos > 0 && strings.Contains(p.text[p.tokens[p.pos-1].At.End:p.start()], "\n")
}

// statementStarts says whether a statement with a keyword starts here.
func (p *parser) statementStarts() bool {
	next := p.peek(1)
	switch {
	case p.atWord("let"):
		return next.Kind == TokWord || next.Kind == TokLBracket
	case p.atWord("set"):
		return true
	case p.atWord("declare"):
		return next.Text == "pattern" || next.Text == "query_parameters"
	case p.atWord("alias"):
		return next.Text == "database"
	case p.atWord("restrict"):
		return next.Text == "access"
	}
	return false
}

func (p *parser) statement() Statement {
	start := p.start()
	if !p.statementStarts() {
		x := p.pipe()
		return &ExprStmt{p.loc(start), x}
	}
	switch p.next().Text {
	case "let":
		return p.let(start)
	case "set":
		s := &Set{Name: p.name()}
		if p.accept(TokAssign) {
			s.Value = p.expr()
		}
		s.Loc = p.loc(start)
		return s
	case "declare":
		if p.next().Text == "pattern" {
			return p.declarePattern(start)
		}
		d := &DeclareParams{}
		if p.expect(TokLParen) {
			d.Params = list(p, p.funcParam)
			p.close(TokRParen)
		}
		d.Loc = p.loc(start)
		return d
	case "alias":
		p.next()
		a := &AliasDatabase{Name: p.name()}
		p.expect(TokAssign)
		a.X = p.expr()
		a.Loc = p.loc(start)
		return a
	}
	return p.restrict(start)
}

func (p *parser) restrict(start int) Statement {
	p.next()
	p.expectWord("to")
	r := &Restrict{}
	if p.expect(TokLParen) {
		r.Entities = list(p, p.entity)
		p.close(TokRParen)
	}
	r.Props = p.withProps()
	r.Loc = p.loc(start)
	return r
}

func (p *parser) let(start int) Statement {
	l := &Let{Name: p.name()}
	p.expect(TokAssign)
	if p.funcStarts() {
		l.Value = p.funcLit()
	} else {
		l.Value = p.pipe()
	}
	l.Loc = p.loc(start)
	return l
}

// funcStarts says whether a function starts here, rather than an expression in parentheses.
func (p *parser) funcStarts() bool {
	n := 0
	if p.atWord("view") {
		n++
	}
	if p.peek(n).Kind != TokLParen {
		return false
	}
	switch p.peek(n + 1).Kind {
	case TokRParen, TokStar:
		return true
	}
	size := p.nameLen(n + 1)
	return size > 0 && p.peek(n+1+size).Kind == TokColon
}

func (p *parser) funcLit() *FuncLit {
	start := p.start()
	f := &FuncLit{View: p.acceptWord("view")}
	p.expect(TokLParen)
	if !p.at(TokRParen) {
		f.Params = list(p, p.funcParam)
	}
	p.close(TokRParen)
	f.Body = p.body()
	f.Loc = p.loc(start)
	return f
}

// body reads `{ statements; expression }`.
func (p *parser) body() *Body {
	start := p.start()
	b := &Body{}
	if !p.expect(TokLBrace) || !p.enter() {
		b.Loc = p.loc(start)
		return b
	}
	defer p.leave()
	for p.statementStarts() {
		b.Statements = append(b.Statements, p.statement())
		if !p.expect(TokSemicolon) {
			if p.statementStarts() {
				p.quiet = false
				continue
			}
			p.skipTo(TokSemicolon)
			p.accept(TokSemicolon)
		}
		p.quiet = false
	}
	if !p.at(TokRBrace) {
		b.X = p.pipe()
		p.accept(TokSemicolon)
	}
	p.close(TokRBrace)
	b.Loc = p.loc(start)
	return b
}

func (p *parser) funcParam() *FuncParam {
	start := p.start()
	f := &FuncParam{Name: p.name()}
	p.expect(TokColon)
	if p.at(TokLParen) {
		f.Schema = p.schema()
	} else {
		f.Type = p.typeName()
	}
	if p.accept(TokAssign) {
		f.Default = p.constantOrWord()
	}
	f.Loc = p.loc(start)
	return f
}

// schema reads `(a:long, b:string)`, with `*` where other columns may come.
func (p *parser) schema() *Schema {
	start := p.start()
	s := &Schema{}
	if !p.expect(TokLParen) {
		s.Loc = p.loc(start)
		return s
	}
	p.accept(TokComma)
	if p.accept(TokStar) {
		s.Open = true
		p.accept(TokComma)
	}
	for !p.at(TokRParen) {
		s.Columns = append(s.Columns, p.column())
		if p.quiet {
			p.skipTo(TokComma, TokBar, TokSemicolon)
		}
		if !p.accept(TokComma) {
			break
		}
		p.quiet = false
	}
	p.close(TokRParen)
	s.Loc = p.loc(start)
	return s
}

func (p *parser) column() *Column {
	start := p.start()
	c := &Column{Name: p.name()}
	p.expect(TokColon)
	c.Type = p.typeName()
	c.Loc = p.loc(start)
	return c
}

// optionalType reads a column whose type may be left out.
func (p *parser) optionalType() *Column {
	start := p.start()
	c := &Column{Name: p.name()}
	if p.accept(TokColon) {
		c.Type = p.typeName()
	}
	c.Loc = p.loc(start)
	return c
}

func (p *parser) typeName() *TypeName {
	start := p.start()
	if !p.at(TokWord) {
		p.fail("the name of a type")
		return &TypeName{Loc: p.loc(start)}
	}
	name := p.next().Text
	return &TypeName{p.loc(start), name}
}

func (p *parser) declarePattern(start int) Statement {
	d := &DeclarePattern{Name: p.name()}
	if p.accept(TokAssign) {
		p.expect(TokLParen)
		if !p.at(TokRParen) {
			d.Params = list(p, p.column)
		}
		p.close(TokRParen)
		if p.accept(TokLBracket) {
			d.Path = p.column()
			p.close(TokRBracket)
		}
		p.expect(TokLBrace)
		for p.at(TokLParen) {
			d.Rules = append(d.Rules, p.patternRule())
		}
		p.close(TokRBrace)
	}
	d.Loc = p.loc(start)
	return d
}

func (p *parser) patternRule() *PatternRule {
	start := p.start()
	r := &PatternRule{}
	p.next()
	r.Args = list(p, p.expr)
	p.close(TokRParen)
	if p.accept(TokDot) {
		p.expect(TokLBracket)
		r.Path = p.constant()
		p.close(TokRBracket)
	}
	p.expect(TokAssign)
	r.Body = p.body()
	p.accept(TokSemicolon)
	r.Loc = p.loc(start)
	return r
}

// tokenTexts are the texts of the tokens that are always written the same.
var tokenTexts = map[TokenKind]string{
	TokLParen: "(", TokRParen: ")", TokLBracket: "[", TokRBracket: "]", TokLBrace: "{", TokRBrace: "}",
	TokBar: "|", TokDot: ".", TokDotDot: "..", TokComma: ",", TokColon: ":", TokSemicolon: ";", TokAssign: "=",
	TokStar: "*", TokArrow: "=>", TokMinus: "-", TokGt: ">", TokLt: "<",
}
