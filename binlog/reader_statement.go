package binlog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"cdcd/schema"
)

// onStatementDML judges a change that came as a statement. It stops the stream
// when any name in the statement can be a captured table: it is not parsed, so
// a word in a literal may count too, which errs on the safe side.
func (r *reader) onStatementDML(q queryEvent) error {
	for id := range names(q.text, q.database) {
		if r.foreign {
			break
		}
		if t := r.cfg.tables.Table(id); t != nil && r.cfg.capture(t.ID) {
			return fmt.Errorf("table %s: %w", t.ID, ErrStatementDML)
		}
	}
	if r.txn == nil || r.open || r.hold.current != nil {
		return nil
	}
	return r.commit()
}

// onLoadQuery judges LOAD DATA in statement format: the text is not worth
// decoding, since its table cannot be told from here.
func (r *reader) onLoadQuery(body []byte) error {
	const extra = 13 // file id, two offsets, duplicate flag, behind the post-header
	f := fields{b: body}
	f.skip(4 + 4)
	dbLen := int(f.u8())
	f.skip(2)
	varsLen := int(f.u16())
	f.skip(extra + varsLen)
	db := string(f.bytes(dbLen))
	f.skip(1)
	text := string(f.rest())
	if f.err != nil {
		return f.err
	}
	return r.onStatementDML(queryEvent{database: db, text: text})
}

// names yields every table name that the text could mean: each identifier with
// the default database, and each pair of identifiers joined by a dot.
func names(text, database string) func(func(schema.ID) bool) {
	return func(yield func(schema.ID) bool) {
		qualifier := ""
		for len(text) > 0 {
			word, rest := identifier(text)
			if word == "" {
				_, size := utf8.DecodeRuneInString(text)
				text, qualifier = text[size:], ""
				continue
			}
			db := database
			if qualifier != "" {
				db = qualifier
			}
			if !yield(schema.ID{Database: db, Name: word}) {
				return
			}
			text, qualifier = rest, ""
			if after, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "."); ok {
				text, qualifier = strings.TrimLeft(after, " "), word
			}
		}
	}
}

// quoted returns the name in the quotes that s begins with, in which a quote is
// doubled, and the rest; "" when they do not close.
func quoted(s string, quote byte) (word, rest string) {
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		q := string(quote)
		return strings.ReplaceAll(s[1:i], q+q, q), s[i+1:]
	}
	return "", s
}

// identifier returns the identifier that s begins with, unquoted, and the rest;
// "" when s begins with something else.
func identifier(s string) (word, rest string) {
	if quote := s[0]; quote == '`' || quote == '"' {
		return quoted(s, quote)
	}
	end := strings.IndexFunc(s, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '$'
	})
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}
