USE `binaries_base64`;
INSERT INTO t (id,a,b,c,d,e,f,i) VALUES (1,'','','','','','',''),(2,0x0001020304050607,0xFFFEFD,0x00,UNHEX(REPEAT('A5',100)),'text',0x80,0x01020304),(3,'ab','ab',NULL,NULL,NULL,NULL,'x');
UPDATE t SET a=0xFF, d=0x3E3F WHERE id=2;
DELETE FROM t WHERE id=3;
