package schema

import "unique"

// Share has the table hold what is equal in other tables in common with these, and no
// text that is a part of a statement, which would stay in memory with it. It is for the
// owner of the table, before others read it.
func (t *Table) Share() {
	share(&t.ID.Database, &t.ID.Name, &t.Charset, &t.Collation, &t.Comment, &t.Engine)
	for i := range t.Columns {
		c := &t.Columns[i]
		share(&c.Name, &c.Charset, &c.Collation, &c.TypeText, &c.Comment, &c.Default.Text)
		for j := range c.Members {
			share(&c.Members[j])
		}
	}
	for i := range t.Indexes {
		share(&t.Indexes[i].Name)
		for j := range t.Indexes[i].Columns {
			share(&t.Indexes[i].Columns[j])
		}
	}
}

func share(texts ...*string) {
	for _, s := range texts {
		if *s != "" {
			*s = unique.Make(*s).Value()
		}
	}
}
