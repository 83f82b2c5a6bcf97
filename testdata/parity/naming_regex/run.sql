USE `naming_regex`;
INSERT INTO orders_1 VALUES (1,'a'),(2,'b'); INSERT INTO orders_2 VALUES (1,'c'); UPDATE orders_2 SET id=7 WHERE id=1; UPDATE orders_1 SET v='x' WHERE id=2; DELETE FROM orders_1 WHERE id=1; INSERT INTO other VALUES (1); INSERT INTO `key less_3` VALUES (1),(2); UPDATE `key less_3` SET v=3 WHERE v=2; DELETE FROM `key less_3` WHERE v=1;
