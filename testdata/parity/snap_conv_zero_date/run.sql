USE `snap_conv_zero_date`;
UPDATE t SET id=-id WHERE id=2;
