package mysqltest

import (
	"fmt"
	"strings"
)

// columns of many types, as SHOW CREATE TABLE prints them.
var mixed = []string{
	"int NOT NULL", "varchar(64) COLLATE utf8mb4_bin DEFAULT NULL", "decimal(12,2) NOT NULL DEFAULT '0.00'",
	"datetime(6) DEFAULT NULL", "text", "enum('new','open','closed') NOT NULL DEFAULT 'new'", "bigint unsigned DEFAULT NULL",
	"timestamp NULL DEFAULT CURRENT_TIMESTAMP", "tinyint(1) NOT NULL DEFAULT '0'", "varchar(255) NOT NULL DEFAULT '' COMMENT 'as it was entered'",
	"json DEFAULT NULL", "double DEFAULT NULL", "char(36) CHARACTER SET ascii DEFAULT NULL", "varbinary(16) DEFAULT NULL",
}

// MixedTable is the definition of the i-th of many tables, as SHOW CREATE TABLE
// prints it: 5 to 40 columns of many types.
func MixedTable(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE `%s` (\n  `id` bigint unsigned NOT NULL AUTO_INCREMENT,\n", MixedName(i))
	for c := 1; c < 5+i%36; c++ {
		fmt.Fprintf(&b, "  `column_%02d` %s,\n", c, mixed[(c+i)%len(mixed)])
	}
	b.WriteString("  PRIMARY KEY (`id`),\n  KEY `by_id` (`id`)\n")
	b.WriteString(") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci")
	return b.String()
}

// MixedName is the name of the i-th of many tables.
func MixedName(i int) string { return fmt.Sprintf("table_%05d", i) }
