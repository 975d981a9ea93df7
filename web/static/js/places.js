// The shortcuts of every page, listed after the page's own.
import { bindPlaces } from "./keyboard.js";

bindPlaces();
