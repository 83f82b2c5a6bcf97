USE `snap_tx_metadata`;
UPDATE t SET a=5; UPDATE w SET z=5;
