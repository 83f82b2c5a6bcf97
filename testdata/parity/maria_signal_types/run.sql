USE `maria_signal_types`;
INSERT INTO signals VALUES ('types','execute-snapshot','{"data-collections": ["maria_signal_types\\\\.t_.*"], "type": "incremental"}'); DO SLEEP(2);
