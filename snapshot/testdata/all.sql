-- Values that the golden cases have not, for all servers.
CREATE TABLE fkey (f float, d double, f2 float(10,2), r real, PRIMARY KEY (f, d, f2, r));
CREATE TABLE wide (id int PRIMARY KEY, z1 tinyint(200) zerofill, z8 bigint(255) zerofill, dz decimal(30,10) zerofill, fz float zerofill, f255 float(255,30), d255 double(255,30), d40 double(40,20));
CREATE TABLE odd (id int PRIMARY KEY, `a``b` int, `select` int, ` ü "x"` varchar(20));
CREATE TABLE members (id int PRIMARY KEY, s64 set('m0','m1','m2','m3','m4','m5','m6','m7','m8','m9','m10','m11','m12','m13','m14','m15','m16','m17','m18','m19','m20','m21','m22','m23','m24','m25','m26','m27','m28','m29','m30','m31','m32','m33','m34','m35','m36','m37','m38','m39','m40','m41','m42','m43','m44','m45','m46','m47','m48','m49','m50','m51','m52','m53','m54','m55','m56','m57','m58','m59','m60','m61','m62','m63'), e16 enum('a','b') CHARACTER SET utf16, ek enum('한','글') CHARACTER SET euckr, num enum('3','1','2'), es enum('é','e') CHARACTER SET latin1 COLLATE latin1_bin);
CREATE TABLE bytes (id int PRIMARY KEY, b1 binary(1), b20 binary(20), b255 binary(255), vb varbinary(255), cb char(4) CHARACTER SET binary, c255 char(255), cu16 char(5) CHARACTER SET utf16, cu32 char(5) CHARACTER SET utf32, cu2 char(5) CHARACTER SET ucs2, l longtext);
CREATE TABLE bits (id int PRIMARY KEY, b1 bit(1), b7 bit(7), b8 bit(8), b15 bit(15), b17 bit(17), b24 bit(24), b40 bit(40), b57 bit(57), b63 bit(63), b64 bit(64));
CREATE TABLE zeros (id int PRIMARY KEY, d decimal(5,2), b decimal(30,2), f float, db double, t time(2));
INSERT INTO fkey VALUES (16777216, 1e300, 12345678.91, 0.1), (16777217, 0.30000000000000004, -0.01, -1e-300), (-3.4028234e38, 4.9e-324, 0, 2), (1.17549435e-38, 5, 99999999.99, 1), (0.1, 6, 0, 0), (1.23456789, 7, 1, 1), (1.2345685, 7, 1, 1);
INSERT INTO wide VALUES (1, 5, 18446744073709551615, 12345678901234567890.0123456789, 1.5, 1e30, 1e200, 12345678901234567890.5), (2, 255, 0, 0, 0, 0.1, -0.1, 0.00000000000000000001), (3, NULL, 7, 0.0000000001, 1e20, 0, -1e15, -0.5);
INSERT INTO odd (id, `a``b`, `select`, ` ü "x"`) VALUES (1, 1, 2, 'x'), (2, NULL, NULL, NULL);
INSERT INTO members VALUES (1, 'm63', 'a', '글', '1', 'é'), (2, 18446744073709551615, 'b', '한', '3', 'e'), (3, '', NULL, NULL, '2', NULL), (4, 'm0,m31,m32,m63', 'a', '글', 1, 'e');
SET SESSION sql_mode='';
INSERT INTO members VALUES (5, 'nope', 'nope', '中', '9', 'x');
INSERT INTO bytes VALUES (1, 0x00, 0x0100, 0x20, 0x0000, 0x2000, 'a  ', 'a ', 'b ', 'c ', ''), (2, 0x20, 0x6120, REPEAT('z',255), REPEAT(0x00,255), 'ab  ', REPEAT('語',255), '語', '😀', '語', REPEAT('long ', 20000)), (3, '', '', '', '', '', '', '', '', '', REPEAT('x', 250)), (4, NULL, NULL, NULL, NULL, NULL, '\t ', NULL, NULL, NULL, REPEAT('x', 251)), (5, 'a', 'a', 'a', 'a', 'a', 'a\0', 'a', 'a', 'a', REPEAT('x', 65535)), (6, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', REPEAT('x', 65536));
INSERT INTO zeros VALUES (1, -0.001, -0.001, -0e0, -0e0, '-00:00:00'), (2, ROUND(-0.4), ROUND(-0.4), 0*-1e0, 0*-1e0, '-00:00:00.01');
INSERT INTO bits VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), (2, 1, 127, 255, 32767, 131071, 16777215, 1099511627775, 144115188075855871, 9223372036854775807, 18446744073709551615), (3, NULL, 1, 48, 256, 65536, 0x200000, 0x0100000000, 0x30, 0x3000000000000000, 0x3030303030303030);
