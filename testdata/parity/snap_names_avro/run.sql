USE `snap_names_avro`;
UPDATE `my-table` SET `ok_1`=5;
