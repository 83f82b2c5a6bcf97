USE `differs_image_minimal`;
SET SESSION binlog_row_image=MINIMAL; INSERT INTO t (id,a) VALUES (1,1); UPDATE t SET a=2; DELETE FROM t;
