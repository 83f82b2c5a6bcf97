package schema

import "testing"

func TestTable_ReadsAs(t *testing.T) {
	parse := func(statement string) *Table {
		t.Helper()
		tr := New()
		if _, err := tr.Apply(DDL{Database: "d", Statement: statement}); err != nil {
			t.Fatal(err)
		}
		return tr.Table(ID{Database: "d", Name: "t"})
	}
	f := func(want bool, a, b string) {
		t.Helper()
		if got := parse("CREATE TABLE t (" + a + ")").ReadsAs(parse("CREATE TABLE t (" + b + ")")); got != want {
			t.Errorf("%s and %s: %v", a, b, got)
		}
	}
	f(true, "id INT PRIMARY KEY, b BOOL DEFAULT TRUE", "`id` int(11) NOT NULL, `b` tinyint(1) DEFAULT '1', PRIMARY KEY (`id`)")
	f(true, "d DECIMAL, r REAL, t TIMESTAMP", "d decimal(10,0), r double, t timestamp NULL")
	f(false, "a INT, b INT", "b INT, a INT")
	f(false, "a INT", "a INT UNSIGNED")
	f(false, "a INT", "a BIGINT")
	f(false, "a DATETIME(3)", "a DATETIME(6)")
	f(false, "a ENUM('x','y')", "a ENUM('y','x')")
	f(false, "a INT PRIMARY KEY, b INT", "a INT, b INT PRIMARY KEY")
	f(false, "a INT", "a INT, b INT")
}
