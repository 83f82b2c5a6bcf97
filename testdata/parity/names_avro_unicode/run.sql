USE `names_avro_unicode`;
INSERT INTO `my-table` VALUES (1,2,'x',3,4); UPDATE `my-table` SET `1st`=5; DELETE FROM `my-table`;
