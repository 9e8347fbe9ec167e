import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { toProblem } from "@/api/problem";
import { startTheme } from "@/lib/theme";
import { router } from "./router";
import "./styles.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && toProblem(error).isTransient,
      refetchOnWindowFocus: false,
      // The program runs on this machine or in this network; the browser's idea of being online
      // says nothing about it.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

startTheme();

const element = document.getElementById("root");
if (!element) throw new Error("index.html has no #root element.");
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
