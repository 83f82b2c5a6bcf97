package connector

import (
	"slices"
	"strings"

	"cdcd/connector/property"
	"cdcd/schema"
	"cdcd/sink/format"
)

// converter is a custom converter. It has the zero Conversion for a column that it
// does not take.
type converter func(id schema.ID, c *schema.Column) (format.Conversion, error)

// converters reads the custom converters. A column is asked of them in their order,
// and has the first that takes it.
// Source: CustomConverterRegistry.
func (p *configParser) converters() func(schema.ID, *schema.Column) (format.Conversion, error) {
	var list []converter
	for _, alias := range p.v.List("converters") {
		if c := p.converter(alias); c != nil {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return func(id schema.ID, c *schema.Column) (format.Conversion, error) {
		for _, take := range list {
			if conversion, err := take(id, c); err != nil || !conversion.IsZero() {
				return conversion, err
			}
		}
		return format.Conversion{}, nil
	}
}

// converter reads one custom converter; nil where there is none of its class.
func (p *configParser) converter(alias string) converter {
	class := p.v.Text(alias + ".type")
	name, ok := strings.CutPrefix(class, "io.debezium.connector.binlog.converters.")
	if !ok {
		name, ok = strings.CutPrefix(class, "io.debezium.connector.mysql.converters.")
		ok = ok && name != "ZeroDateFallbackConverter"
	}
	switch {
	case ok && name == "TinyIntOneToBooleanConverter":
		return p.tinyInt(alias)
	case ok && name == "JdbcSinkDataTypesConverter":
		return p.jdbcSink(alias)
	case ok && name == "ZeroDateFallbackConverter":
		return p.zeroDate(alias)
	}
	p.fail(alias+".type", "converter %q is not known: TinyIntOneToBooleanConverter, JdbcSinkDataTypesConverter and ZeroDateFallbackConverter of io.debezium.connector.binlog.converters are", class)
	return nil
}

// selector reads a list of columns, nil where it is not set.
func (p *configParser) selector(name string) *property.Matcher {
	m, err := property.ParseMatcher(p.v.Text(name))
	if err != nil {
		p.fail(name, "%v", err)
	}
	return m
}

// isFalse reads a truth value as Java does: all that is not true is false.
func (p *configParser) isFalse(name string) bool {
	return p.v.Text(name) != "" && !strings.EqualFold(p.v.Text(name), "true")
}

func columnName(id schema.ID, c *schema.Column) string { return id.String() + "." + c.Name }

// Source: TinyIntOneToBooleanConverter.
func (p *configParser) tinyInt(alias string) converter {
	columns, anyLength := p.selector(alias+".selector"), p.isFalse(alias+".length.checker")
	return func(id schema.ID, c *schema.Column) (format.Conversion, error) {
		if c.Type != schema.TypeTinyInt || c.Zerofill || !anyLength && c.Length != 1 || columns != nil && !columns.Match(columnName(id, c)) {
			return format.Conversion{}, nil
		}
		return format.TinyIntToBoolean(), nil
	}
}

// Source: JdbcSinkDataTypesConverter.
func (p *configParser) jdbcSink(alias string) converter {
	booleans, reals, texts := p.selector(alias+".selector.boolean"), p.selector(alias+".selector.real"), p.selector(alias+".selector.string")
	bits := 64
	if p.isFalse(alias + ".treat.real.as.double") {
		bits = 32
	}
	return func(id schema.ID, c *schema.Column) (format.Conversion, error) {
		switch name := columnName(id, c); {
		case booleans.Match(name):
			return format.BooleanToInt16(), nil
		case reals.Match(name):
			return format.RealToFloat(bits), nil
		case texts.Match(name):
			return format.StringWithCharset(), nil
		}
		return format.Conversion{}, nil
	}
}

// zeroDate reads ZeroDateFallbackConverter. A column that has a default of NULL, or
// a zero one, gets its fallback for the first row in Debezium, whatever is in it; here
// it gets the row's.
// Source: ZeroDateFallbackConverter.
func (p *configParser) zeroDate(alias string) converter {
	columns := p.selector(alias + ".selector")
	targets := splitUpper(p.v.Text(alias + ".target.types"))
	usual := map[schema.Type]format.Conversion{}
	for name, t := range zeroTypes {
		option := alias + ".fallback." + strings.ToLower(name)
		conversion, err := format.ZeroDate(t, p.v.Text(option))
		if err != nil {
			p.fail(option, "%v", err)
		}
		if targets == nil || slices.Contains(targets, name) {
			usual[t] = conversion
		}
	}
	own := p.v.Under(alias + ".column.")
	return func(id schema.ID, c *schema.Column) (format.Conversion, error) {
		conversion, ok := usual[c.Type]
		if !ok || columns != nil && !columns.Match(columnName(id, c)) {
			return format.Conversion{}, nil
		}
		if text, ok := own[columnName(id, c)+".fallback"]; ok {
			return format.ZeroDate(c.Type, text)
		}
		return conversion, nil
	}
}

// zeroTypes are the types that have a zero, by their names.
var zeroTypes = map[string]schema.Type{"DATE": schema.TypeDate, "DATETIME": schema.TypeDatetime, "TIMESTAMP": schema.TypeTimestamp}

func splitUpper(list string) (items []string) {
	for item := range strings.SplitSeq(strings.ToUpper(list), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
