USE `ddl_default_expr`;
INSERT INTO t (id,b,c,d) VALUES (1,'2020-01-01','x','2020-01-01'); ALTER TABLE t ADD f INT DEFAULT (a*2), ALTER a SET DEFAULT 5; INSERT INTO t (id,b,c,d,f) VALUES (2,'2020-01-01','y','2020-01-01',1);
