/** { message?: string } -> { message, from, version }. The same event always gets the same answer. */
exports.handler = async (event, context) => {
  const { message = 'Hello World' } = event;
  console.log('saying hello');
  return { message, from: context.getFunctionName(), version: context.getVersion() };
};
