// PostGraphile 5 with the amber preset and the connection filter: the schema is the database's (functions.sql beside this
// file says what a user would add to it), the tenant comes through pgSettings.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ['public'],
      poolConfig: { max: Number(process.env.POOL), options: '-c TimeZone=UTC' },
    }),
  ],
  grafserv: { graphqlPath: '/graphql', graphiql: false, websockets: false },
  grafast: {
    explain: false,
    context: (context) => ({ pgSettings: { 'app.agency_id': context.node?.req.headers['x-agency-id'] ?? '' } }),
  },
}
const server = createServer()
const service = postgraphile(preset).createServ(grafserv)
await service.addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
