package connector

import (
	"regexp"
	"slices"
	"strings"

	"cdcd/connector/property"
	"cdcd/schema"
)

// keyItem is what an item of message.key.columns looks like.
// Source: Key.CustomKeyMapper.MSG_KEY_COLUMNS_PATTERN.
var keyItem = regexp.MustCompile(`^\s*[^:]+:[^:,]+(,[^:,]+)*\s*$`)

// keyColumns reads message.key.columns, items of "table:column,column" with a
// semicolon between them. The columns are regular expressions as the tables are;
// they make up the key in the order of the items, and those that one expression
// matches in the order of the table. What matches nothing has no effect.
// Source: Key.CustomKeyMapper.getInstance.
func (p *configParser) keyColumns() func(*schema.Table) []int {
	const name = "message.key.columns"
	if !p.v.Set(name) {
		return nil
	}
	var columns []*property.Matcher
	for item := range strings.SplitSeq(strings.TrimRight(p.v.Text(name), ";"), ";") {
		if !keyItem.MatchString(item) {
			p.fail(name, "%q: want <table>:<column>,<column>, with a semicolon between tables", item)
			continue
		}
		table, list, _ := strings.Cut(item, ":")
		for column := range strings.SplitSeq(list, ",") {
			m, err := property.ParseMatcher(table + "." + strings.TrimSpace(column))
			if err != nil {
				p.fail(name, "%v", err)
			}
			columns = append(columns, m)
		}
	}
	return func(t *schema.Table) []int { return matching(columns, t) }
}

// matching returns the columns of a table that the expressions match, in their
// order. Debezium's task dies of a column that comes twice; here it counts once.
func matching(columns []*property.Matcher, t *schema.Table) (key []int) {
	for _, m := range columns {
		for i := range t.Columns {
			if m.Match(t.ID.String()+"."+t.Columns[i].Name) && !slices.Contains(key, i) {
				key = append(key, i)
			}
		}
	}
	return key
}
