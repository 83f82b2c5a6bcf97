USE `naming_schema`;
INSERT INTO `a_b` VALUES (1); INSERT INTO `é$Ā日` VALUES (1,2); INSERT INTO `t-1.x` VALUES (1);
