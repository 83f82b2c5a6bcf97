package format

import (
	"regexp"
	"strings"

	"cdcd/schema"
)

// storedLiteral is the literal of a DEFAULT clause as the row has it. What the
// schema says keeps quotes and backslashes as they were written; the row does
// not. False where the text leaves open what the server made of it: a date in
// an abbreviated form, more digits than the column has, text in hex, a TIMESTAMP
// in the time zone of a session. SHOW CREATE TABLE writes none of these but the
// last; a CREATE TABLE in the binlog may.
func storedLiteral(c *schema.Column) (schema.Default, bool) {
	d := c.Default
	if d.Quoted {
		d.Text = unquoted(d.Text)
	}
	switch c.Type {
	case schema.TypeDate:
		return d, plainDate.MatchString(d.Text)
	case schema.TypeDatetime:
		return d, plainDatetime.MatchString(d.Text) && fraction(d.Text) <= max(c.Scale, 0)
	case schema.TypeTime:
		return d, plainTime.MatchString(d.Text) && fraction(d.Text) <= max(c.Scale, 0)
	case schema.TypeTimestamp:
		return d, plainDatetime.MatchString(d.Text) && strings.HasPrefix(d.Text, "0000")
	case schema.TypeYear:
		return d, plainYear.MatchString(d.Text)
	case schema.TypeBit:
		return d, !d.Quoted
	case schema.TypeChar, schema.TypeVarchar, schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText:
		if c.Type == schema.TypeChar {
			d.Text = strings.TrimRight(d.Text, " ")
		}
		return d, d.Quoted || plainNumber.MatchString(d.Text)
	case schema.TypeBinary, schema.TypeVarbinary, schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		_, hex := hexLiteral(d.Text)
		return d, d.Quoted || hex || plainNumber.MatchString(d.Text)
	case schema.TypeEnum, schema.TypeSet:
		return d, d.Quoted
	default:
		return d, true
	}
}

var (
	plainDate     = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	plainDatetime = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$`)
	plainTime     = regexp.MustCompile(`^-?\d{2,3}:\d\d:\d\d(\.\d+)?$`)
	plainYear     = regexp.MustCompile(`^\d{4}$`)
	plainNumber   = regexp.MustCompile(`^-?[1-9]\d*$`)
)

// fraction counts the digits behind the point.
func fraction(text string) int {
	_, digits, _ := strings.Cut(text, ".")
	return len(digits)
}

// unquoted undoes what a string literal escapes.
// Source: MySQL sql/sql_lex.cc, get_text.
func unquoted(s string) string {
	if !strings.ContainsAny(s, `'\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\'' && strings.HasPrefix(s[i:], `''`):
			i++
		case c == '\\' && i+1 < len(s):
			i++
			c = unescaped(s[i])
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case '0':
		return 0
	case 'Z':
		return 0x1a
	default:
		return c
	}
}
