USE `maria_ddl_osc`;
CREATE TABLE `_t_new` LIKE t; ALTER TABLE `_t_new` ADD COLUMN b INT DEFAULT 5, MODIFY a BIGINT; INSERT INTO `_t_new` (id,a) SELECT id,a FROM t; RENAME TABLE t TO `_t_old`, `_t_new` TO t; DROP TABLE `_t_old`; INSERT INTO t VALUES (4,4,4); UPDATE t SET b=1; DELETE FROM t;
