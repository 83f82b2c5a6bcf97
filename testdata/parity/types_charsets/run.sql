USE `types_charsets`;
INSERT INTO t VALUES (1,'Ärger','Łódź','Привет','日本','中文','ascii','Łé','日本Ł','中文','한국','αβγ','שלום'),(2,'','','','','','','','','','','','');
INSERT INTO t (id) VALUES (3);
UPDATE t SET a='ÿ', h='Ж' WHERE id=1;
