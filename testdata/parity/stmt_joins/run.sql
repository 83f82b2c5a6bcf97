USE `stmt_joins`;
INSERT INTO t VALUES (1,1,1),(2,2,2),(3,3,3); INSERT INTO c VALUES (1,1),(2,2); UPDATE t JOIN c ON c.t=t.id SET t.a=t.a*10, c.t=3 WHERE t.id=1; DELETE t, c FROM t JOIN c ON c.t=t.id WHERE t.id=2; INSERT INTO log (what) SELECT CONCAT('t',id) FROM t;
