USE `maria_enums`;
INSERT INTO t (id,a,b,f,g) VALUES (1,'x','','it''s','m'),(2,'z','a,d','b"q','m,n'),(3,NULL,NULL,NULL,NULL);
INSERT IGNORE INTO t (id,a) VALUES (4,'nonsense');
UPDATE t SET a=2, b=15, c='😀', d='' WHERE id=2;
ALTER TABLE t MODIFY a ENUM('x','y','z','new');
UPDATE t SET a='new' WHERE id=1;
