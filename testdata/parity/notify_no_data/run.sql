INSERT INTO notify_no_data.a VALUES (100,'streamed');
