USE `conv_jdbc`;
INSERT INTO t VALUES (1,1,0,1.5,2.5,'str','ch'),(2,NULL,NULL,NULL,NULL,NULL,NULL); UPDATE t SET a=0,r=-7.25,s='other'; DELETE FROM t;
