using System.Diagnostics;
using Lodger.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Http;

/// <summary>A set of routes that is taken up and left while the process listens. It holds what it answers from, and nothing holds it once it is disposed of.</summary>
internal sealed class Endpoints : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private Endpoints(ServiceProvider services, RequestDelegate answer)
    {
        this.services = services;
        Answer = answer;
    }

    public RequestDelegate Answer { get; }

    /// <param name="host">Of the process.</param>
    /// <param name="letIn">Decides whether a request reaches its endpoint.</param>
    public static Endpoints Of(IServiceProvider host, Func<HttpContext, RequestDelegate, Task> letIn, Action<IEndpointRouteBuilder> map)
    {
        // Routes stay in the options of the services they were mapped with: in the host's they would stay for ever.
        var own = new ServiceCollection();
        own.AddSingleton(host.GetRequiredService<ILoggerFactory>());
        own.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        own.AddSingleton(host.GetRequiredService<DiagnosticListener>());
        own.AddSingleton<DiagnosticSource>(s => s.GetRequiredService<DiagnosticListener>());
        own.AddRouting();
        own.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        own.ConfigureHttpJsonOptions(o => RequestRules.Require(o.SerializerOptions));
        var provided = own.BuildServiceProvider();
        var routes = new ApplicationBuilder(provided);
        routes.UseRouting();
        routes.Use(letIn);
        routes.UseEndpoints(map);
        var answer = routes.Build();
        return new Endpoints(provided, http => RequestSpans.AroundAsync(http, answer));
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
