USE `truncate_chars`;
INSERT INTO t VALUES (1,'hello','world','char','some text','one','x,y','café',7),(2,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL),(3,'ümläüt 😀 smile','😀😀😀😀😀','漢字','漢字かな混じり','two','y','éèêë',-1);
UPDATE t SET a='changed', b='longer than before', d=REPEAT('z',40) WHERE id<3;
DELETE FROM t WHERE id=3;
