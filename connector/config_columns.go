package connector

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cdcd/connector/property"
	"cdcd/schema"
	"cdcd/sink/format"
)

// mappers reads what changes columns, in the order in which Debezium asks for
// them. Its order of two properties of one kind is that of a hash table; here the
// smaller number comes first, or the name.
// Source: ColumnMappers.create.
func (p *configParser) mappers() []format.Mapper {
	list := append(p.sized("column.truncate.to.", math.MaxInt32, format.Truncate), p.sized("column.mask.with.", longest, format.Mask)...)
	list = p.mapper(list, "column.propagate.source.type", format.PropagateType())
	if types := p.v.Matcher("datatype.propagate.source.type"); types != nil {
		list = append(list, format.Mapper{
			Property: "datatype.propagate.source.type", Action: format.PropagateType(),
			Matches: func(id schema.ID, _, typeName string) bool { return types.Match(id.String() + "." + typeName) },
		})
	}
	return append(list, p.hashes()...)
}

// mapper appends what a list of columns asks for.
func (p *configParser) mapper(list []format.Mapper, name string, action format.Action) []format.Mapper {
	columns := p.v.Matcher(name)
	if columns == nil {
		return list
	}
	return append(list, format.Mapper{
		Property: property.PublicName(name), Action: action,
		Matches: func(id schema.ID, column, _ string) bool { return columns.Match(id.String() + "." + column) },
	})
}

// longest is how many characters a VARCHAR can have.
const longest = 65535

// sized reads the properties of one kind that have a number of characters.
func (p *configParser) sized(prefix string, limit int, action func(int) format.Action) (list []format.Mapper) {
	names := map[int][]string{}
	for rest := range p.v.Under(prefix) {
		digits, ok := strings.CutSuffix(rest, ".chars")
		if !ok {
			continue // Parse has refused it
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n > limit {
			p.fail(prefix+rest, "want a number up to %d in the name", limit)
			continue
		}
		names[n] = append(names[n], prefix+rest)
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		for _, name := range slices.Sorted(slices.Values(names[n])) { // 4 and 04
			list = p.mapper(list, name, action(n))
		}
	}
	return list
}

// hashName is what the names of properties look like that hash columns.
var hashName = regexp.MustCompile(`^(v2\.)?([^.]+)\.with\.salt\.(.+)$`)

// hashes reads the masks that are hashes, the older kind first.
func (p *configParser) hashes() []format.Mapper {
	const prefix = "column.mask.hash."
	kinds := map[bool][]format.Mapper{}
	for _, rest := range slices.Sorted(maps.Keys(p.v.Under(prefix))) {
		m := hashName.FindStringSubmatch(rest)
		if m == nil {
			continue // Parse has refused it
		}
		form, v2 := format.HashSerialized, m[1] != ""
		if v2 {
			form = format.HashPlain
		}
		action, err := format.Hash(form, m[2], m[3])
		if err != nil {
			p.fail(prefix+rest, "%v", err)
			continue
		}
		kinds[v2] = p.mapper(kinds[v2], prefix+rest, action)
	}
	return append(kinds[false], kinds[true]...)
}

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
