USE `differs_image_noblob`;
SET SESSION binlog_row_image=NOBLOB; INSERT INTO t VALUES (1,1,'b','text','[1]'); UPDATE t SET a=2; DELETE FROM t;
