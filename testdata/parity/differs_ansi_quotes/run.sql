USE `differs_ansi_quotes`;
SET sql_mode='ANSI_QUOTES'; ALTER TABLE "t" ADD "quo ted" VARCHAR(5) DEFAULT 'x'; INSERT INTO t VALUES (1,2,'y'); SET sql_mode='NO_BACKSLASH_ESCAPES'; ALTER TABLE t ADD bs VARCHAR(5) DEFAULT '\'; INSERT INTO t VALUES (2,3,'z','\'); SET sql_mode=''; DELETE FROM t WHERE id=1;
