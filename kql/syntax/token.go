package syntax

// A TokenKind classifies tokens.
type TokenKind uint8

// The kinds of tokens. Words are not divided into names and keywords: nearly every keyword of
// KQL can be a name, so the parser decides by what stands around it.
const (
	TokEOF      TokenKind = iota
	TokBad                // a character that KQL has no use for
	TokWord               // a name or keyword, also those with dashes: project-away, in~, !has
	TokLong               // 12, 0x1F, long(12)
	TokInt                // int(12)
	TokReal               // 1.5, 1e3, real(1)
	TokDecimal            // decimal(1.5)
	TokString             // 'a', "a", @'a', h'a', ```a```
	TokBool               // true, bool(1)
	TokDatetime           // datetime(2020-01-01)
	TokTimespan           // 1d, timespan(1.00:00:00)
	TokGuid               // guid(...)
	TokRawGuid            // 74be27de-1e4e-49d9-b579-fe0b331d3642, which KQL refuses
	TokLParen
	TokRParen
	TokLBracket
	TokRBracket
	TokLBrace
	TokRBrace
	TokBar
	TokDot
	TokDotDot
	TokComma
	TokColon
	TokSemicolon
	TokAssign // =
	TokEq     // ==
	TokNe     // != and <>
	TokEqCI   // =~
	TokNeCI   // !~
	TokLt
	TokLe
	TokGt
	TokGe
	TokPlus
	TokMinus
	TokStar
	TokSlash
	TokPercent
	TokArrow // =>
	TokAt
)

// A Token is a part of a text that the grammar does not divide.
type Token struct {
	Kind TokenKind
	At   Span
	Text string // as written
}
