using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>A set of routes that can be taken up and left while the process listens.</summary>
internal static class Endpoints
{
    public static RequestDelegate Of(IApplicationBuilder app, Action<IEndpointRouteBuilder> map)
    {
        var routes = app.New();
        routes.UseRouting();
        routes.UseEndpoints(map);
        return routes.Build();
    }
}
