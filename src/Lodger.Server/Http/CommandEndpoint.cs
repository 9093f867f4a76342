using System.Globalization;
using System.Text;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>
/// A command that only looks, handed over by the process that was started for it: this one has everything warm that the other would have to load and compile first. Both are of one build, and what they say
/// to each other is no interface for anybody else.
/// </summary>
internal static class CommandEndpoint
{
    private const long BytesMax = 256 << 10;

    public static void Map(IEndpointRouteBuilder app, ServerOptions options) => app.MapPost(Routes.Command, async (HttpContext http) =>
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = BytesMax;
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var parts = (await reader.ReadToEndAsync(http.RequestAborted)).Split(CommandHandover.Between);
        if (parts[0] != options.Build || options.Commands?.Invoke(parts[1..]) is not { } carryOut)
        {
            http.Response.StatusCode = StatusCodes.Status409Conflict;
            return;
        }

        // Whoever waits knows by this that it is being carried out, however long the platform takes.
        await http.Response.StartAsync(http.RequestAborted);
        var said = await carryOut(http.RequestAborted);
        var output = Encoding.UTF8.GetBytes(said.Output);
        await http.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{said.Status} {output.Length}\n")), http.RequestAborted);
        await http.Response.Body.WriteAsync(output, http.RequestAborted);
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(said.Remarks), http.RequestAborted);
    });
}
