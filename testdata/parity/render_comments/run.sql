USE `render_comments`;
INSERT INTO t VALUES (1,'','','','','','','','','',''),(2,'a  ','b  ','c','d','e','f','g','h ','ÄÖÜß€','ß'),(3,'日本語','😀😀','\t\n\r','"quoted" \\ back','<&>','\0nul','ü','abc',REPEAT('é',300),'ÿ');
INSERT INTO t (id) VALUES (4);
UPDATE t SET d=REPEAT('long ',500), b=NULL WHERE id=2;
UPDATE t SET a='A' WHERE id=3;
DELETE FROM t WHERE id=1;
