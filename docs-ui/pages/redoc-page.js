// Shows the document by ReDoc, in fonts that the reader has.
"use strict";

const text = "system-ui, sans-serif";
const code = "ui-monospace, monospace";
const bar = document.querySelector(".bar");

Redoc.init(
  "/openapi.json",
  {
    hideDownloadButton: true,
    // What is scrolled to must not end up behind the bar, which stays.
    scrollYOffset: () => bar.offsetHeight,
    theme: {
      colors: { primary: { main: "#0b6e5f" } },
      typography: {
        fontFamily: text,
        fontSize: "15px",
        headings: { fontFamily: text, fontWeight: "600" },
        code: { fontFamily: code },
      },
      sidebar: { backgroundColor: "#f6f7f9" },
    },
  },
  document.getElementById("redoc"),
);
