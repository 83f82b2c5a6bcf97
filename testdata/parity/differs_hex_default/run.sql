USE `differs_hex_default`;
INSERT INTO t (id) VALUES (1);
