package connector

import (
	"cdcd/event"
	"cdcd/schema"
)

// signalOfRow reads a created row of the table of signals: id, type and data are its
// first three columns, whatever their names. False means that it is no signal: there
// are fewer columns, or what is in them is not text, or a label of an ENUM. Data that
// is NULL, or left to its DEFAULT where that is not a text, is "".
// Source: RelationalDatabaseConnectorConfig.parseSignallingMessage.
func signalOfRow(t *schema.Table, row []event.Value) (id, kind, data string, ok bool) {
	if len(t.Columns) < 3 || len(row) < 3 {
		return "", "", "", false
	}
	texts := [3]string{}
	for i := range texts {
		if texts[i], ok = signalText(&t.Columns[i], &row[i]); !ok {
			return "", "", "", false
		}
	}
	return texts[0], texts[1], texts[2], texts[1] != ""
}

func signalText(c *schema.Column, v *event.Value) (string, bool) {
	switch {
	case v.Kind == event.String, v.Kind == event.JSON:
		return string(v.Bytes), true
	case v.Kind == event.Enum && v.Num > 0 && v.Num <= uint64(len(c.Members)):
		return c.Members[v.Num-1], true
	case v.Kind == event.Default && c.Default.Quoted:
		return c.Default.Text, true
	case v.Kind == event.Null, v.Kind == event.Default, v.Kind == event.Absent:
		return "", true
	}
	return "", false
}
