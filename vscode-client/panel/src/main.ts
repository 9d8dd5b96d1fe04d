/** Where the page begins. */
import { connect } from "./connection";
import { Page } from "./page";
import { keepReadable } from "./theme";

keepReadable(document.body);
const connection = connect();
connection.listen(new Page(connection));
