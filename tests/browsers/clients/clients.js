// Calls with the clients that pages use. The service is described at run time, so that no code is generated.

import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";

const told = (kind, status, body) => ({ kind, status, headers: [], body });
const failed = ({ code, message }) => told("error", code, message);
const answered = (method, messages) =>
  told("answered", 0, JSON.stringify(messages.map((message) => toJson(method.output, message))));

async function describe(step) {
  const set = await (await fetch("/greeter.binpb")).arrayBuffer();
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(set)));
  const [service, name] = step.method.split("/");
  const method = registry.getService(service).methods.find((method) => method.name === name);
  return { method, request: fromJson(method.input, JSON.parse(step.body)) };
}

export async function connect(step) {
  const { method, request } = await describe(step);
  const client = createClient(method.parent, createGrpcWebTransport({ baseUrl: step.url }));
  const messages = [];
  try {
    const call = client[method.localName](request);
    if (method.methodKind === "unary") {
      messages.push(await call);
    } else {
      for await (const message of call) messages.push(message);
    }
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return failed({ code, message: rawMessage });
  }
  return answered(method, messages);
}

export async function grpc_web(step) {
  const { method, request } = await describe(step);
  const isUnary = method.methodKind === "unary";
  const descriptor = new grpcWeb.MethodDescriptor(
    `/${step.method}`,
    isUnary ? grpcWeb.MethodType.UNARY : grpcWeb.MethodType.SERVER_STREAMING,
    Object,
    Object,
    (message) => toBinary(method.input, message),
    (bytes) => fromBinary(method.output, bytes),
  );
  const client = new grpcWeb.GrpcWebClientBase({ format: "text" });
  const url = `${step.url}/${step.method}`;
  return new Promise((resolve) => {
    if (isUnary) {
      client.rpcCall(url, request, {}, descriptor, (error, message) =>
        resolve(error ? failed(error) : answered(method, [message])),
      );
      return;
    }
    const messages = [];
    const stream = client.serverStreaming(url, request, {}, descriptor);
    stream.on("data", (message) => messages.push(message));
    stream.on("error", (error) => resolve(failed(error)));
    stream.on("end", () => resolve(answered(method, messages)));
  });
}
