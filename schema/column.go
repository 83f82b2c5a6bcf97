package schema

import "strings"

// Type is the column type, after synonyms are resolved but before anything is
// lost that changes an event: what Debezium prints for BOOL in a streamed
// CREATE TABLE differs from what it prints for TINYINT(1), and for REAL from
// DOUBLE, so both stay apart.
type Type uint8

// The column types of MySQL 5.6-9.x and MariaDB 10.11-11.4.
const (
	TypeUnknown Type = iota
	TypeBool         // BOOL, BOOLEAN as written in DDL text; SHOW CREATE TABLE prints tinyint(1)
	TypeTinyInt
	TypeSmallInt
	TypeMediumInt
	TypeInt
	TypeBigInt
	TypeFloat
	TypeDouble
	TypeReal // REAL as written in DDL text; stored as DOUBLE
	TypeDecimal
	TypeBit
	TypeYear
	TypeDate
	TypeTime
	TypeDatetime
	TypeTimestamp
	TypeChar
	TypeVarchar
	TypeTinyText
	TypeText
	TypeMediumText
	TypeLongText
	TypeBinary
	TypeVarbinary
	TypeTinyBlob
	TypeBlob
	TypeMediumBlob
	TypeLongBlob
	TypeEnum
	TypeSet
	TypeJSON
	TypeGeometry
	TypePoint
	TypeLineString
	TypePolygon
	TypeMultiPoint
	TypeMultiLineString
	TypeMultiPolygon
	TypeGeometryCollection
	TypeVector
	TypeUUID  // MariaDB
	TypeInet4 // MariaDB
	TypeInet6 // MariaDB
)

// DefaultKind tells what a column's DEFAULT clause says.
type DefaultKind uint8

// The kinds of DEFAULT clause.
const (
	DefaultNone       DefaultKind = iota // no clause
	DefaultNull                          // DEFAULT NULL
	DefaultLiteral                       // a literal; its value is in Default.Text
	DefaultNow                           // CURRENT_TIMESTAMP and its synonyms
	DefaultExpression                    // DEFAULT (expr): no value that a consumer could use
)

// Default is a column's DEFAULT clause.
type Default struct {
	Kind DefaultKind `json:"kind,omitempty"`
	// Text is the literal as the DDL wrote it, without the outer quotes and
	// without a charset introducer. What stands inside the quotes is kept as
	// written, since Debezium prints it so (doubled quotes, backslashes).
	// Numbers and bit or hex literals keep their own notation.
	Text string `json:"text,omitempty"`
	// Quoted tells that the literal stood in quotes.
	Quoted bool `json:"quoted,omitempty"`
}

// Column is one column of a table version.
type Column struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Unsigned bool   `json:"unsigned,omitempty"`
	Zerofill bool   `json:"zerofill,omitempty"`
	// Length is the first number in parentheses: display width, characters,
	// bytes, bits, precision or dimensions; -1 when the DDL gives none, and for
	// TIME, DATETIME and TIMESTAMP.
	Length int `json:"length"`
	// Scale is the second number in parentheses for numeric types, and the
	// number of fraction digits for TIME, DATETIME and TIMESTAMP; -1 when the
	// DDL gives none.
	Scale int `json:"scale"`
	// Charset and Collation are set for character types, ENUM and SET, resolved
	// through column, table, database and server defaults, and for a JSON of
	// MariaDB that was converted. Names are the server's, lower case; utf8 is
	// utf8mb3. Collation is empty where the DDL names only the charset: then it is
	// the server's default for that.
	Charset   string `json:"charset,omitempty"`
	Collation string `json:"collation,omitempty"`
	// Members holds the labels of ENUM and SET in definition order, in UTF-8,
	// unquoted and unescaped.
	Members       []string `json:"members,omitempty"`
	Nullable      bool     `json:"nullable,omitempty"`
	Default       Default  `json:"default,omitzero"`
	OnUpdate      bool     `json:"on_update,omitempty"` // ON UPDATE CURRENT_TIMESTAMP
	AutoIncrement bool     `json:"auto_increment,omitempty"`
	Generated     bool     `json:"generated,omitempty"`
	Invisible     bool     `json:"invisible,omitempty"`
	// Implicit marks the columns row_start and row_end that MariaDB adds to a
	// system-versioned table: they are in the rows, but were never declared.
	Implicit bool   `json:"implicit,omitempty"`
	Comment  string `json:"comment,omitempty"`
	// EmptyComment tells that COMMENT '' was written, which Debezium tells from none.
	EmptyComment bool `json:"empty_comment,omitempty"`
	// SRID is the spatial reference system of a spatial column, 0 when none.
	SRID uint32 `json:"srid,omitempty"`
	// TypeText is the base type as the DDL wrote it, upper case without
	// parentheses ("INT", "BOOL", "DOUBLE PRECISION").
	TypeText string `json:"type_text,omitempty"`
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// Commented tells whether the column has a comment, which may be empty.
func (c *Column) Commented() bool { return c.Comment != "" || c.EmptyComment }
